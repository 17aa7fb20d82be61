# Default mode: the transferor leaves as soon as the REFER is accepted, and its script ends its session
# for that; the transferee waits in the second session, and hears the new party in the end.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
bob leaves when accepted after 0.28
carol rings after 0.1, answers after 3
at 0 alice calls bob
at 3 bob refers to carol
at 4 expect alice has 1 call
at 8 expect alice talks to carol
at 20 carol hangs up
expect bob is told 100, 180, 200
expect alice has no call
