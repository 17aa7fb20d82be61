# Require: nosub (RFC 7614): 200, no NOTIFY at all, and the transfer all the same.
scenario transfer
phones alice bob carol
users bob carol
bob adds "Require: nosub"
bob answers after 0.5
carol rings after 0.1, answers after 2
at 0 alice calls bob
at 2 bob refers to carol
at 6 expect alice talks to carol
at 12 expect bob has no call
at 13 carol hangs up
expect bob has its REFER answered: 200
expect bob is told nothing
