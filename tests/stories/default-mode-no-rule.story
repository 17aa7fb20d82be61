# Default mode, and no rule takes the number: 603, with the rules tried in the log.
scenario forward
rule bob runs forward
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to carol
at 5 expect alice talks to bob
at 6 alice hangs up
expect bob has its REFER answered: 603
expect bob is told nothing
expect never carol is called by alice
expect log "no rule takes the transfer"
