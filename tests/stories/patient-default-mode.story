# As patient-transfer, through the rules: nobody has called handleBlindTransfer.
scenario forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 3
carol rings after 0.1, answers after 4
bob leaves on success after 1
at 0 alice calls bob
at 20 expect alice talks to bob
at 21 bob refers to carol
at 50 expect alice talks to carol
at 80 alice hangs up
at 130 expect alice has no call
at 130 expect bob has no call
at 130 expect carol has no call
expect bob is told the verdict: 200
