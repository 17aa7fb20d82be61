# A transfer that failed has led nowhere.
scenario transfer
phones alice bob carol dave
users bob carol dave
setting transfer.maxDepth 1
bob answers after 0.5
carol rejects with 486 after 0.1
dave answers after 0.5
bob leaves on success
at 0 alice calls bob
at 2 bob refers to carol
at 4 bob refers to dave
at 6 expect alice talks to dave
at 8 alice hangs up
expect dave is called after 1 transfers
expect bob is told 100, 486, 100, 200
