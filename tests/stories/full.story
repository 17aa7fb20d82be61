# No session is free: 503 with Retry-After, and the first call is not disturbed.
scenario forward
setting limits.mostSessions 1
phones alice dave bob
users bob
bob answers after 0.2
at 0 alice calls bob
at 2 dave calls bob
at 4 expect alice talks to bob
at 5 alice hangs up
expect dave is refused: 503
