# A phone that takes no REFER is connected here instead.
scenario refer
scenario forward
rule 9.+ runs refer
rule .* runs forward
phones alice bob
users bob

bob answers after 1
alice refuses transfers with 405
at 0 alice calls 9bob
at 5 expect alice talks to bob
at 8 alice hangs up
expect log "not sent on to bob: 405 Method Not Allowed"
