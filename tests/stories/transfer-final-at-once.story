# transfer.finalAtOnce: what Mitel phones get, for all that have no profile of their own.
scenario transfer
phones alice bob carol
users bob carol
setting transfer.finalAtOnce true
bob answers after 0.5
bob leaves on success
carol rings after 0.1, answers after 2
at 0 alice calls bob
at 2 bob refers to carol
at 3 expect bob has no call
at 6 expect alice talks to carol
at 7 carol hangs up
expect bob is told 200
expect log "call1: told 200 at once, as its profile generic has it"
