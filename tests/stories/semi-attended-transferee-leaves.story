# Semi-attended, and alice hangs up while carol rings: bob's consultation goes on.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1, answers after 5
at 0 alice calls bob
at 3 bob calls carol
at 5 bob transfers alice to carol
at 6 alice hangs up
at 10 expect bob talks to carol
at 12 bob hangs up
expect bob is told 100, 487
expect carol has no call
