# The CANCEL comes before the callee has said a word.
scenario forward
phones alice bob
users bob
bob is silent
alice gives up after 0.005
at 0 alice calls bob
expect alice is refused: 487
