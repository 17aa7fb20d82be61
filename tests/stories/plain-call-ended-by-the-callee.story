# The callee hangs up: the caller gets its BYE at once.
scenario forward
phones alice bob
users bob
bob answers after 1
at 0 alice calls bob
at 5 bob hangs up
at 6 expect alice has no call
expect alice has lost its call: hung up
