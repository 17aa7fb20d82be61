# Semi-attended transfer: the consultation still rings when bob transfers (RFC 5589 §7.6). Alice waits for
# carol's answer in bob's place; bob's own INVITE ends when carol has answered.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1, answers after 5
at 0 alice calls bob
at 3 bob calls carol
at 5 bob transfers alice to carol
at 6 expect alice talks to bob
at 10 expect alice talks to carol
at 11 expect bob has no call
at 20 alice hangs up
expect bob is told 100, 200
expect carol has no call
