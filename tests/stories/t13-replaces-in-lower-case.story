# T13: `%3b` is `%3B`, and the address before it may be the other call's Contact.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol
at 5 bob transfers alice to carol, in lower case, at its Contact
at 7 expect alice talks to carol
at 8 expect bob has no call
at 20 alice hangs up
expect bob is told 100, 200
