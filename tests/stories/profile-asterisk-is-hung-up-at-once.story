# Asterisk looks at the final status only, and keeps its channel: the call is ended as soon as it has answered the
# final NOTIFY.
scenario transfer
phones alice bob carol
users bob carol
bob calls itself "Asterisk PBX 22.5.2"
bob answers after 0.5
carol rings after 0.1, answers after 2
at 0 alice calls bob
at 3 bob refers to carol
at 5.1 expect bob has no call
at 6 expect alice talks to carol
at 10 carol hangs up
expect bob is told 100, 200
