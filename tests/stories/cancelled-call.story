# The caller gives up while the callee rings: CANCEL on both sides, 487 on both sides.
scenario forward
phones alice bob
users bob
bob rings after 0.1
alice gives up after 4
at 0 alice calls bob
expect alice is refused: 487
expect bob has lost its call: cancelled
