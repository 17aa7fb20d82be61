# The callee sends early media: the caller gets a 183 of its own and hears it before the answer.
scenario forward
phones alice bob
users bob
bob sends early media after 0.1, answers after 3
at 0 alice calls bob
at 4 expect alice talks to bob
at 5 alice hangs up
expect alice hears of progress: 183
