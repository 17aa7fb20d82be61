# T18: the transferor has both on hold when it joins them; afterwards nobody is on hold, and both hear each other.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 2 bob holds alice
at 3 bob calls carol
at 6 bob holds carol
at 8 bob transfers alice to carol
at 9 expect alice talks to carol
at 20 alice hangs up
expect bob is told 100, 200
expect carol has no call
