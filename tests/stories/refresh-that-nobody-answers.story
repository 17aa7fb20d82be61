# The callee is gone without a word and nobody hangs up: the refresh finds it out, and the call ends.
scenario forward
setting limits.sessionExpiresS 100
phones alice bob
users bob
bob answers after 0.5
at 0 alice calls bob
at 10 bob vanishes
at 200 expect alice has no call
