# The callee answers while the CANCEL is on its way to it: ACK and BYE.
scenario forward
phones alice bob
users bob
bob rings after 0.1
at 0 alice calls bob
at 3 alice hangs up
at 3.015 bob answers
at 5 expect bob has no call
expect alice is refused: 487
expect bob has lost its call: hung up
