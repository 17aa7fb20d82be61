# handleBlindTransfer was never called: the REFER starts a second session, a call from the transferor to
# the new number through the rules; its answer joins the transferee with the new party.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1, answers after 1
at 0 alice calls bob
at 3 bob refers to carol
at 3.5 expect alice talks to bob
at 6 expect alice talks to carol
at 12 expect bob has no call
at 20 carol hangs up
expect bob is told 100, 180, 200
expect carol is called by bob
expect alice has no call
