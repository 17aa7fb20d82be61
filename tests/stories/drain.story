# Draining: the call that is up goes on, a new one gets 503.
scenario forward
phones alice dave bob
users bob
bob answers after 0.2
at 0 alice calls bob
at 2 switchhook drains
at 3 dave calls bob
at 4 expect alice talks to bob
at 10 alice hangs up
expect dave is refused: 503
