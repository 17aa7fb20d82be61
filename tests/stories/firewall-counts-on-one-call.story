# transfer.perCall goes before limits.refers.
scenario transfer
phones alice bob carol
users bob carol
setting transfer.perCall 1
bob answers after 0.5
carol rejects with 486 after 0.1
at 0 alice calls bob
at 2 bob refers to carol
at 4 bob refers to carol
at 6 expect alice talks to bob
at 7 alice hangs up
expect bob has its REFER answered: 486
expect log "refused with 486: transfer.perCall: more than 1 REFERs on one call"
expect 1 refusal by perCall
