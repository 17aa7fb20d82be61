# The guide's blind-transfer scenario, unchanged, does an attended transfer: its callUser of the target finds
# the target in the consultation already, and nobody rings twice.
scenario call-transfer-user
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol
at 6 bob transfers alice to carol
at 7 expect alice talks to carol
at 15 expect bob has no call
at 20 alice hangs up
at 21 carol hangs up
expect bob is told 100, 200
