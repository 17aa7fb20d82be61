# The callee takes none of the caller's codecs: 488.
scenario transfer
phones alice bob
users bob
alice speaks PCMU
bob speaks opus
bob answers after 0.5
at 0 alice calls bob
expect alice is refused: 488
