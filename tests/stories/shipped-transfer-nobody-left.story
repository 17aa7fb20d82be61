# The transferor leaves at once and the target is busy: nobody is left for the caller.
scenario transfer
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1, rejects with 486 after 2
at 0 alice calls bob
at 3 bob refers to carol
at 3.3 bob hangs up
at 10 expect alice has no call
expect bob is told 100, 180, 486
