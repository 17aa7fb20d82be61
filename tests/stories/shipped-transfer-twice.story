# The target of one transfer asks for the next.
scenario transfer
phones alice bob carol dave
users bob carol dave
bob answers after 0.5
carol answers after 0.5
dave rings after 0.1, answers after 1
at 0 alice calls bob
at 3 bob refers to carol
at 4.5 bob hangs up
at 6 expect alice talks to carol
at 7 carol refers to dave
at 9 expect alice talks to dave
at 20 dave hangs up
expect bob is told 100, 200
expect carol is told 100, 180, 200
