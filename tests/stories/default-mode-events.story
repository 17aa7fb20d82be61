# Default mode tells the scripts: each call of the first session by its part in the transfer.
scenario parts
phones alice bob carol dave
users bob carol dave
bob answers after 0.5
carol rejects with 486 after 0.5
dave answers after 0.5
at 0 alice calls bob
at 3 bob refers to carol
at 8 bob refers to dave
at 12 expect alice talks to dave
at 20 alice hangs up
expect bob is told 100, 486, 100, 200
expect log "call0 TransferFailed transferee 486"
expect log "call1 TransferFailed transferor 486"
expect log "call0 TransferComplete transferee"
expect log "call1 TransferComplete transferor"
