# The same in a script's hands: what it calls on behalf of the transfer carries the Replaces.
scenario call-transfer-user
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol directly
at 6 bob transfers alice to carol
at 8 expect alice talks to carol
at 14 carol hangs up
at 15 alice hangs up
expect bob is told 100, 200
