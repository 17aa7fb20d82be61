# The one who is transferred hangs up while the target rings.
scenario transfer
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1
at 0 alice calls bob
at 3 bob refers to carol
at 6 alice hangs up
at 8 expect bob has no call
at 8 expect carol has no call
expect bob is told 100, 180, 487
