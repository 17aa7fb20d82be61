# A Mitel phone waits for a 200 and nothing else, so it gets it as soon as its REFER is taken; the log and the
# record say how it really ended.
scenario transfer
phones alice bob carol
users bob carol
bob calls itself "Mitel 6867i/5.1.0.1024"
bob answers after 0.5
bob leaves on success
carol rings after 0.1, rejects with 486 after 4
at 0 alice calls bob
at 2 bob refers to carol
at 3 expect bob has no call
at 8 alice hangs up
expect bob is told 200
expect log "call1: told 200 at once, as its profile mitel has it"
expect log "transfer to c**** ends with 486"
