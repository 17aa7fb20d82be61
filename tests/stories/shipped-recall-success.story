# The third party answers: the transfer is done, and either end ends both.
scenario recall
phones alice bob carol
users bob carol
bob answers after 0.5
bob leaves when accepted after 0.3
carol rings after 0.2, answers after 2
at 0 alice calls bob
at 3 bob refers to carol
at 8 expect alice talks to carol
at 10 carol hangs up
expect bob is told 100, 180, 200
expect alice has no call
