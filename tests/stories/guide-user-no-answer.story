# Nobody picks up for 60 s: 408, and the old call goes on until the sample's own timer ends the session.
scenario call-transfer-user
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 1
carol rings after 0.1
at 0 alice calls bob
at 3 bob refers to carol
at 65 expect alice talks to bob
at 99 expect alice talks to bob
at 101 expect alice has no call
at 101 expect bob has no call
expect bob is told 100, 180, 408
