# early-only, and the call is answered: 486, nothing changes (RFC 3891 §3).
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol
at 6 bob transfers alice to carol, early-only
at 8 expect bob talks to carol
at 9 bob hangs up alice
at 10 bob hangs up carol
expect bob has its REFER answered: 486
expect bob is told nothing
