# The callee is busy: its code reaches the caller.
scenario transfer
phones alice bob
users bob
bob rings after 0.1, rejects with 486 after 0.5
at 0 alice calls bob
expect alice is refused: 486
