# The callee's port is closed: 503 below, which the caller hears.
scenario transfer
phones alice bob
users bob
at 0 bob is switched off
at 1 alice calls bob
expect alice is refused: 503
