# T13: bob talks to carol past us, and joins alice, who is here, to that call: carol gets an INVITE with Replaces,
# answers it and ends its call with bob (RFC 5589 §7.3).
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol directly
at 5 bob transfers alice to carol
at 8 expect alice talks to carol
at 9 expect carol has 1 call
at 20 alice hangs up
expect carol has its call with bob replaced
expect bob is told 100, 200
expect bob has no call
