# Told success at once, the phone stays all the same; when the target answers it is let go after transfer.graceS.
scenario transfer
phones alice bob carol
users bob carol
bob calls itself "Aastra 6731i/3.3.1.8140"
bob answers after 0.5
carol rings after 0.1, answers after 4
at 0 alice calls bob
at 2 bob refers to carol
at 5 expect bob has 1 call
at 8 expect alice talks to carol
at 8 expect bob hears nobody
at 10 expect bob has 1 call
at 12 expect bob has no call
at 20 carol hangs up
expect bob is told 200
