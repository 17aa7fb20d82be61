# Semi-attended, and bob ends both of its calls at once: alice waits where carol rings.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1, answers after 5
at 0 alice calls bob
at 3 bob calls carol
at 5 bob transfers alice to carol
at 5.3 bob hangs up carol
at 5.3 bob hangs up alice
at 10 expect alice talks to carol
at 20 alice hangs up
expect bob is told 100, 200
expect carol has no call
