# What the operator has written for a user counts; what the phone calls itself is asked only where there is nothing.
scenario transfer
phones alice bob carol
users bob carol
profile bob generic
setting transfer.progress initial
setting transfer.acceptCode 200
bob calls itself "Aastra 6731i/3.3.1.8140"
bob answers after 0.5
bob leaves on success
carol rings after 0.1, answers after 2
at 0 alice calls bob
at 3 bob refers to carol
at 10 carol hangs up
expect bob has its REFER answered: 200
expect bob is told 100, 180, 200
