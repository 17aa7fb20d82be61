# Attended with a call that is not ours, with time for everything: carol gets an INVITE with Replaces.
scenario forward
phones alice bob carol
users bob carol
bob answers after 3
carol answers after 3
at 0 alice calls bob
at 15 expect alice talks to bob
at 20 bob calls carol directly
at 38 bob transfers alice to carol
at 70 expect alice talks to carol
at 75 expect carol has 1 call
at 75 expect bob has no call
at 80 alice hangs up
at 130 expect alice has no call
at 130 expect bob has no call
at 130 expect carol has no call
expect bob is told the verdict: 200
