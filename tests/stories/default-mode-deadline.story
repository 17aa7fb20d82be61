# Default mode: nobody takes the transfer within the deadline; the second session's call is withdrawn and the two
# talk on.
scenario forward
setting transfer.deadlineS 5
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1
at 0 alice calls bob
at 3 bob refers to carol
at 12 expect alice talks to bob
at 14 alice hangs up
expect bob is told 100, 180, 408
expect carol has no call
