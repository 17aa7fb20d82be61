# A Replaces with its tags swapped and in lower-case escapes is matched all the same.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol
at 6 bob transfers alice to carol, swapped, in lower case
at 8 expect alice talks to carol
at 12 alice hangs up
expect bob is told 100, 200
