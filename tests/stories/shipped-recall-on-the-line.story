# The third party is busy while the transferor is still there: the two talk on, both ways.
scenario recall
phones alice bob carol
users bob carol
bob answers after 0.5
carol rejects with 486 after 0.5
at 0 alice calls bob
at 3 bob holds
at 4 bob refers to carol
at 6 bob resumes
at 8 expect alice talks to bob
at 10 bob hangs up
expect bob is told 100, 486
expect alice has no call
