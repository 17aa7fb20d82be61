# Attended transfer: bob has alice on one call and carol on another, each in a session of its own, and
# joins the two. Alice takes bob's place in the second session; both of bob's calls end after the NOTIFY.
scenario parts
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 2 bob holds alice
at 3 bob calls carol
at 6 bob transfers alice to carol
at 7 expect alice talks to carol
at 9 expect bob has no call
at 20 carol hangs up
expect bob is told 100, 200
expect alice has no call
expect log "call0 TransferComplete transferee"
expect log "call1 TransferComplete transferor"
expect log "call0 TransferComplete transferor"
expect log "call1 TransferComplete target"
