# Attended transfer by the party that placed both calls: its two callees are joined.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 alice calls carol
at 6 alice transfers bob to carol
at 7 expect bob talks to carol
at 9 expect alice has no call
at 20 bob hangs up
expect alice is told 100, 200
expect carol has no call
