# Require: explicitsub (RFC 7614): 200 with the address where the transfer can be followed; this phone does not care.
scenario transfer
phones alice bob carol
users bob carol
bob adds "Require: explicitsub"
bob answers after 0.5
carol rings after 0.1, rejects with 486 after 2
at 0 alice calls bob
at 2 bob refers to carol
at 6 expect alice talks to bob
at 7 alice hangs up
expect bob has its REFER answered: 200
expect bob is told nothing
expect log "transfer to c**** ends with 486"
