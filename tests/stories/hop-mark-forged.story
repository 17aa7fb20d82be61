# A mark that is no number, or a lower one, is worth what no mark is worth: a new call, for which the limits hold.
scenario transfer
phones alice bob carol
users bob carol
setting transfer.maxDepth 1
alice adds "Switchhook-Hop: -7"
alice adds "Switchhook-Hop: 0;by=nobody"
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 2 bob refers to carol
at 4 carol refers to bob
at 6 expect alice talks to carol
at 7 alice hangs up
expect carol is called after 1 transfers
expect carol has its REFER answered: 403
