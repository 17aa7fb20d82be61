# A phone with two calls: each is held, taken up again and ended by itself.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 2 bob holds alice
at 3 bob calls carol
at 5 expect bob talks to carol
at 5 expect bob hears carol
at 6 bob holds carol
at 7 bob resumes alice
at 8 expect bob talks to alice
at 8 expect bob hears alice
at 9 bob resumes carol
at 10 expect bob hears alice, carol
at 11 bob hangs up carol
at 12 expect bob has 1 call
at 12 expect alice talks to bob
at 13 alice hangs up
