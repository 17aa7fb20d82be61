# Each transfer is one deeper than the one that led to its call, for who was the target as for who was transferred.
scenario transfer
phones alice bob carol dave erin frank
users bob carol dave erin frank
setting transfer.maxDepth 2
bob answers after 0.5
carol answers after 0.5
dave answers after 0.5
bob leaves on success
carol leaves on success
at 0 alice calls bob
at 2 bob refers to carol
at 4 expect alice talks to carol
at 5 carol refers to dave
at 7 expect alice talks to dave
at 8 dave refers to erin
at 9 alice refers to frank
at 10 expect alice talks to dave
at 11 alice hangs up
expect carol is called after 1 transfers
expect dave is called after 2 transfers
expect dave has its REFER answered: 403
expect alice has its REFER answered: 403
expect log "refused with 403: transfer.maxDepth is 2, and 2 transfers have led to this call"
expect never erin is called by alice
expect 2 refusals by maxDepth
