# DNS knows nothing of the host: the transfer fails, the call goes on.
scenario transfer-sip
phones alice bob
users bob
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to sip:carol@nowhere.example
at 6 expect alice talks to bob
at 20 alice hangs up
at 21 expect bob has no call
expect never bob is told the verdict: 200
