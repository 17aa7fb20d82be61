# T14: bob has three calls and joins two of them; the third is not touched, and nobody else is moved.
scenario forward
phones alice bob carol dave
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 2 bob holds alice
at 3 dave calls bob
at 5 bob holds dave
at 6 bob calls carol
at 8 bob transfers alice to carol
at 10 expect alice talks to carol
at 10 bob resumes dave
at 11 expect dave talks to bob
at 11 expect alice hears carol
at 11 expect bob has 1 call
at 20 carol hangs up
at 21 expect dave talks to bob
at 22 dave hangs up
expect alice has no call
expect bob is told 100, 200
