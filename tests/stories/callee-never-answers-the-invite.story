# Nothing comes back at all: 408 after Timer B.
scenario transfer
phones alice bob
users bob
at 0 bob vanishes
at 1 alice calls bob
expect alice is refused: 408
