# The same with the guide's other sample, which calls the raw Refer-To with its Replaces.
scenario call-transfer-sip
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol
at 6 bob transfers alice to carol
at 7 expect alice talks to carol
at 20 alice hangs up
at 21 carol hangs up
at 22 bob hangs up
expect bob is told 100, 200
