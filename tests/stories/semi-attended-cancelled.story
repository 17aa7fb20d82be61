# Semi-attended, and bob gives its consultation up as soon as the REFER is accepted: carol rings on, and it is
# alice whom she finds.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1, answers after 5
at 0 alice calls bob
at 3 bob calls carol
at 5 bob transfers alice to carol
at 5.3 bob hangs up carol
at 10 expect alice talks to carol
at 20 alice hangs up
expect bob is told 100, 200
expect carol has no call
