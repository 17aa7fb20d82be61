# T10: the target's provider sends the call back to us, and so on in a circle, until Max-Forwards has run out: one
# verdict, nobody is left, and the old call goes on.
scenario transfer
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 carol sends everything back
at 0 alice calls bob
at 3 bob refers to carol
at 20 expect alice talks to bob
at 21 alice hangs up
expect bob is told 100, 483
