# Where it is allowed, a REFER outside any dialog must name a call of the very peer that sends it (RFC 4538). Then it is
# as good as one in that call; its NOTIFYs go in its own dialog.
scenario transfer
phones alice bob carol
users bob carol
setting transfer.outOfDialog true
bob answers after 0.5
carol rings after 0.1, answers after 2
at 0 alice calls bob
at 2 bob refers to carol outside about bob's call
at 6 expect alice talks to carol
at 6 expect bob hears nobody
at 12 expect bob has no call
at 13 carol hangs up
expect bob has its REFER answered: 202
expect bob is told 100, 180, 200
