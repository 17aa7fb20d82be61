# INVITE with Replaces of the call that came in: its caller is another from then on.
scenario forward
phones alice bob dave
users bob dave
bob answers after 0.5
at 0 alice calls bob
at 3 dave calls bob replacing alice's call with bob
at 4 expect bob talks to dave
at 4 expect alice has no call
at 10 bob hangs up
expect dave has no call
