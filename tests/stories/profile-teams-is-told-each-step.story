# Teams follows a transfer by its NOTIFYs, whatever the general setting says, and hangs up by itself.
scenario transfer
phones teams bob carol
users bob carol
trunk teams brings bob
setting transfer.progress none
setting transfer.finalAtOnce true
teams calls itself "Microsoft.PSTNHub.SIPProxy v.2020.5.13.3 i.EUNO.0"
bob answers after 0.5
carol rings after 1, answers after 3
teams leaves on success after 0.3
at 0 teams calls bob
at 2 teams refers to carol
at 8 expect bob talks to carol
at 9 carol hangs up
expect teams has its REFER answered: 202
expect teams is told 100, 180, 200
