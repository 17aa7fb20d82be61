# An unknown caller's first INVITE says what it is, its REFER too.
scenario transfer
phones alice bob carol
users bob carol
alice calls itself "Yealink SIP-T46S 66.85.0.5"
setting transfer.progress none
bob answers after 0.5
carol rings after 0.5, answers after 2
alice leaves on success
at 0 alice calls bob
at 3 alice refers to carol
at 10 carol hangs up
expect alice is told 100, 180, 200
