# A call that has come round too often is refused with 482 before any rule is asked.
scenario transfer
phones alice bob
users bob
setting transfer.maxDepth 3
alice adds "Switchhook-Hop: 4;by=5f0c1a2e"
bob answers after 0.5
at 0 alice calls bob
at 1 expect never bob is called by alice
at 2 alice adds "Switchhook-Hop: 99999999999999999999"
at 2.1 alice calls bob
expect alice is refused: 482
