# The transferor has hung up, and the third party does not answer: the call comes back to the transferor.
scenario recall
phones alice bob carol
users bob carol
bob answers after 0.5
bob leaves when accepted after 0.3
carol rings after 0.2
at 0 alice calls bob
at 3 bob refers to carol
at 10 bob rings after 0.2, answers after 3
at 20 expect alice has 1 call
at 30 expect alice talks to bob
at 40 alice hangs up
expect bob is told 100, 180, 408
expect bob is called by alice
expect bob has no call
expect carol has no call
