# transfer.perMinute counts the REFERs of one user, whatever becomes of them, over all its calls.
scenario transfer
phones alice dave bob carol
users bob carol
setting transfer.perMinute 2
bob answers after 0.5
carol rejects with 486 after 0.1
at 0 alice calls bob
at 2 bob refers to carol
at 4 bob refers to carol
at 6 bob refers to carol
at 7 alice hangs up
at 8 dave calls bob
at 10 bob refers to carol
at 40 bob refers to carol
at 45 dave hangs up
expect log "refused with 403: transfer.perMinute: more than 2 REFERs of user b** within a minute"
expect bob has its REFER answered: 403
expect bob is told 100, 486, 100, 486, 100, 486
expect 2 refusals by perMinute
