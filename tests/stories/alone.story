# A leg whose partner has ended, which nobody in the script has seen: BYE after limits.aloneS.
scenario call-transfer-user
phones alice bob
users bob
bob answers after 0.5
at 0 alice calls bob
at 5 bob hangs up
at 34 expect alice has 1 call
at 36 expect alice has no call
expect alice has lost its call: hung up
