# As patient-attended, and bob leaves both calls as soon as the REFER is accepted.
scenario forward
phones alice bob carol
users bob carol
bob answers after 3
carol answers after 3
bob leaves when accepted after 0.28
at 0 alice calls bob
at 15 expect alice talks to bob
at 20 bob calls carol
at 38 expect carol talks to bob
at 40 bob transfers alice to carol
at 70 expect alice talks to carol
at 75 expect bob has no call
at 80 carol hangs up
at 130 expect alice has no call
at 130 expect bob has no call
at 130 expect carol has no call
