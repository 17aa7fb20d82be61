# The user exists but has registered nothing: 480.
scenario transfer
phones alice bob
password alice sesame
password bob sesame
at 0 alice calls bob
expect alice is refused: 480
