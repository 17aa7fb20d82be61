# Where users have passwords: dave may not take bob's call, but bob's other phone may, and dave where bob has sent it.
scenario forward
phones alice bob dave
phone desk of bob
password alice a
password bob b
password dave d
bob answers after 0.5
desk is silent
at 0 bob registers
at 1 alice calls bob
at 3 dave calls bob replacing bob's call with alice
at 4 expect alice talks to bob
at 4 expect dave is refused: 403
at 5 desk calls bob replacing bob's call with alice
at 6 expect alice talks to desk
at 7 dave calls bob replacing desk's call with bob, referred by bob
at 9 expect alice talks to dave
at 10 alice hangs up
