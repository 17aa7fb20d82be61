# Default mode, and the target is busy: the transferor is told, the old call goes on.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol rejects with 486 after 0.2
at 0 alice calls bob
at 3 bob refers to carol
at 6 expect alice talks to bob
at 8 alice hangs up
expect bob is told 100, 486
