# The deadline comes while the target rings: it is cancelled, so nobody is joined who was told that it failed.
scenario transfer
setting transfer.deadlineS 5
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1, answers after 8
at 0 alice calls bob
at 3 bob refers to carol
at 15 expect alice talks to bob
at 16 alice hangs up
expect bob is told 100, 180, 408
expect never carol is connected
