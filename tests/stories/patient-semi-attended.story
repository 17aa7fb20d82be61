# Semi-attended, with time for everything: carol still rings when bob transfers alice to her. The 183 is there so that
# bob knows its dialog where the 180 is lost.
scenario forward
phones alice bob carol
users bob carol
bob answers after 3
carol rings after 0.1, answers after 35
at 0 alice calls bob
at 15 expect alice talks to bob
at 16 bob calls carol
at 20 carol sends early media
at 25 bob transfers alice to carol
at 78 expect alice talks to carol
at 79 expect bob has no call
at 80 alice hangs up
at 130 expect alice has no call
at 130 expect bob has no call
at 130 expect carol has no call
expect bob is told the verdict: 200
