# Default mode: the transferor has left and the target is busy: the verdict is told, and nobody is left.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
bob leaves when accepted after 0.28
carol rings after 0.5, rejects with 486 after 2
at 0 alice calls bob
at 3 bob refers to carol
at 8 expect alice has no call
expect bob is told 100, 180, 486
