# BYEs that cross: both are answered with 200.
scenario forward
phones alice bob
users bob
bob answers after 0.2
at 0 alice calls bob
at 5 alice hangs up
at 5 bob hangs up
at 6 expect alice has no call
at 6 expect bob has no call
expect 2 messages "200 OK (BYE)"
