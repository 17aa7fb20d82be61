# The target of one transfer is the transferor of the next.
scenario transfer
phones alice bob carol dave
users bob carol dave
bob answers after 0.5
carol rings after 0.1, answers after 1
dave rings after 0.1, answers after 1
bob leaves on success
carol leaves on success
at 0 alice calls bob
at 3 bob refers to carol
at 6 expect alice talks to carol
at 10 carol refers to dave
at 13 expect alice talks to dave
at 13 expect bob has no call
at 13 expect carol has no call
at 20 dave hangs up
at 21 expect alice has no call
expect bob is told 100, 180, 200
expect carol is told 100, 180, 200
