# On loopback anybody may transfer, but only as long as no user has a password; whom the script has called may still.
scenario transfer
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
bob leaves on success
at 0 alice calls bob
at 2 password somebody sesame
at 3 alice refers to carol
at 4 expect alice talks to bob
at 5 bob refers to carol
at 7 expect alice talks to carol
at 8 alice hangs up
expect alice has its REFER answered: 403
expect log "call0: REFER to c**** refused with 403: an anonymous caller may transfer on loopback only"
expect 1 refusal by who
