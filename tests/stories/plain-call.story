# A call to a user, answered, and ended by the caller.
scenario forward
phones alice bob
users bob
bob rings after 0.1, answers after 1
at 0 alice calls bob
at 2 expect alice talks to bob
at 5 alice hangs up
at 6 expect bob has no call
expect bob has lost its call: hung up
