# T13: a Replaces that names no dialog of ours goes on to the target as it stands; carol knows it as little as we do
# and refuses it with 481. Both of bob's calls go on each time.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol
at 5 bob transfers alice to carol, of a foreign Call-ID
at 8 bob transfers alice to carol, with tags 0
at 10 expect bob has 2 calls
at 10 expect bob hears alice, carol
at 11 bob hangs up carol
at 12 bob hangs up alice
expect bob is told 100, 481, 100, 481
expect never carol has its call with bob replaced
