# A long call is refreshed before its session timer runs out (RFC 4028).
scenario forward
setting limits.sessionExpiresS 100
phones alice bob
users bob
bob answers after 0.5
at 0 alice calls bob
at 300 expect alice talks to bob
at 301 alice hangs up
