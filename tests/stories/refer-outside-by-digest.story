# From another address the same user may, by its password; another user may not.
scenario transfer
phones alice bob carol
phone bobs-tablet of bob
phone mallory of mallory
users carol
password alice sesame
password bob sesame
password mallory sesame
setting transfer.outOfDialog true
bob answers after 0.5
bobs-tablet is silent
carol answers after 0.5
at 0 bob registers for 600
at 1 alice calls bob
at 3 mallory refers to carol outside about bob's call
at 5 bobs-tablet refers to carol outside about bob's call
at 7 expect alice talks to carol
at 13 carol hangs up
at 14 bob unregisters
expect mallory has its REFER answered: 403
expect bobs-tablet is told 100, 200
expect bobs-tablet has its REFER answered: 202
