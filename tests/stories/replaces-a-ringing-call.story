# Pick-up: dave takes a call that rings at bob; bob's INVITE is cancelled (RFC 3891 §3: early, initiated by us).
scenario forward
phones alice bob dave
users bob dave
bob rings after 0.1
at 0 alice calls bob
at 3 dave calls bob replacing bob's call with alice
at 4 expect alice talks to dave
at 4 expect bob has no call
at 10 alice hangs up
expect dave has no call
