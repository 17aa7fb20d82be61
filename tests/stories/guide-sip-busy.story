# The target is busy: the transferor is told, and the old call goes on.
scenario call-transfer-sip
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 1
carol rejects with 486 after 0.2
at 0 alice calls bob
at 3 bob refers to carol
at 5 expect alice talks to bob
at 20 bob hangs up
at 21 alice hangs up
expect bob is told 100, 486
