# The caller is away when it should change over: it is asked until it hears it.
scenario transfer
phones alice bob carol
users bob carol
carol speaks PCMA
bob answers after 0.5
carol answers after 1
at 0 alice calls bob
at 3 bob refers to carol
at 4 alice vanishes
at 8 alice is back
at 15 expect alice talks to carol
at 20 alice hangs up
