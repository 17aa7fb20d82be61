# easyProcess ends the session where the callee refuses.
scenario forward
phones alice bob
users bob
bob rejects with 486 after 0.2
at 0 alice calls bob
at 2 expect alice has no call
