# Default mode: the transferee hangs up before the outcome; the second session's call ends like one that the
# caller gave up.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1
at 0 alice calls bob
at 3 bob refers to carol
at 5 alice hangs up
at 8 expect bob has no call
expect bob is told 100, 180, 487
expect carol has lost its call: cancelled
expect carol has no call
