# The shipped scenario lets the caller transfer the callee as well; the new one sees who wants to talk.
scenario transfer
phones alice bob carol
users alice bob carol
bob rings after 0.1, answers after 1
carol rings after 0.1, answers after 1
at 0 alice calls bob
at 3 alice refers to carol
at 5 expect bob talks to carol
at 6 expect alice hears nobody
at 15 bob hangs up
expect alice is told 100, 180, 200
