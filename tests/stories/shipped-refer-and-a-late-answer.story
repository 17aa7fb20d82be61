# The 200 to the caller is slow: the REFER waits for its ACK and does not overtake it.
scenario refer
scenario forward
rule 9.+ runs refer
rule .* runs forward
phones alice bob
users bob

bob answers after 2
alice takes transfers
delay the 1st 200 to INVITE to alice by 0.3
at 0 alice calls 9bob
at 5 expect alice talks to bob
at 8 alice hangs up
expect log "sent on to bob"
