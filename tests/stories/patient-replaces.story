# INVITE with Replaces, with time for everything: dave takes bob's place.
scenario forward
phones alice bob carol dave
users bob dave
bob answers after 3
at 0 alice calls bob
at 20 expect alice talks to bob
at 21 dave calls bob replacing bob's call with alice, required
at 50 expect alice talks to dave
at 60 expect bob has no call
at 80 alice hangs up
at 130 expect alice has no call
at 130 expect bob has no call
at 130 expect carol has no call
