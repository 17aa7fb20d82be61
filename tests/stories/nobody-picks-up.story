# After 60 s without an answer the callee is let go with 408 and the caller with 480.
scenario forward
phones alice bob
users bob
bob rings after 0.1
at 0 alice calls bob
at 59 expect alice has 1 call
at 62 expect alice has no call
expect alice is refused: 480
expect bob has lost its call: cancelled
