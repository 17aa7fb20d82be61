# The callee takes only the caller's second choice: both talk in it.
scenario transfer
phones alice bob
users bob
alice speaks opus, PCMA
bob speaks PCMU, PCMA
bob answers after 0.5
at 0 alice calls bob
at 2 expect alice talks to bob
at 3 alice hangs up
