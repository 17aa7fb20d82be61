# Every port is taken: 503.
scenario forward
ports 2
phones alice dave bob
users bob
bob answers after 0.2
at 0 alice calls bob
at 2 dave calls bob
at 4 expect alice talks to bob
at 5 alice hangs up
expect dave is refused: 503
