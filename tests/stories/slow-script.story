# A script that needs half a second for each turn delays nobody's SIP.
scenario forward
think 0.5
phones alice bob
users bob
bob rings after 0.1, answers after 1
at 0 alice calls bob
at 8 expect alice talks to bob
at 10 alice hangs up
at 10.1 expect alice has no call
expect never alice is refused: 500
