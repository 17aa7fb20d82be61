# The callee answers and hangs up within one turn of the script, which listens to that only from the answer on: it hears of it.
scenario transfer-sip
think 0.1
phones alice bob
users bob
bob answers after 1
bob hangs up after 1.05
at 0 alice calls bob
at 5 expect alice has no call
