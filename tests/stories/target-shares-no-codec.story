# The target takes nothing that the caller takes: 488, and the old call goes on.
scenario transfer
phones alice bob carol
users bob carol
carol speaks opus
bob answers after 0.5
carol answers after 1
at 0 alice calls bob
at 3 bob refers to carol
at 6 expect alice talks to bob
at 10 alice hangs up
expect bob is told 100, 488
