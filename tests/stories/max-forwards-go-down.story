# Each call that a session places may go one hop less far than the one that came in; where no hop is left, none is placed.
scenario transfer
phones alice bob
users bob
alice sends Max-Forwards 1
bob answers after 0.5
at 0 alice calls bob
at 2 alice sends Max-Forwards 0
at 2.1 alice calls bob
at 4 alice sends Max-Forwards 2
at 4.1 alice calls bob
at 6 expect alice talks to bob
at 7 alice hangs up
expect alice is refused: 483
expect 1 message "INVITE sip:bob@bob"
