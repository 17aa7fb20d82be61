# The callee is gone without a word: the caller's BYE ends everything, the callee's is given up.
scenario forward
phones alice bob
users bob
bob answers after 0.2
at 0 alice calls bob
at 2 bob vanishes
at 5 alice hangs up
at 6 expect alice has no call
