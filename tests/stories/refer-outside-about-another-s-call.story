# Whoever knows the ids of a call may still not have it transferred: the REFER must come from where that call's party
# is. One about no call, or about a call that is over, starts nothing.
scenario transfer
phones alice bob carol mallory
users bob carol
setting transfer.outOfDialog true
bob answers after 0.5
at 0 alice calls bob
at 2 mallory refers to carol outside about bob's call
at 3 bob refers to carol outside about alice's call
at 4 bob refers to carol outside about no call
at 5 expect alice talks to bob
at 6 alice hangs up
expect mallory has its REFER answered: 403
expect bob has its REFER answered: 403
expect never carol is called by alice
expect log "REFER outside any dialog refused with 403: its Target-Dialog is a call with somebody at another address"
