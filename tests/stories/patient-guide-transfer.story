# As patient-transfer, with the guide's sample; the transferor stays until the grace time lets it go.
scenario call-transfer-user
phones alice bob carol
users bob carol
bob answers after 3
carol rings after 0.1, answers after 4
at 0 alice calls bob
at 15 expect alice talks to bob
at 16 bob refers to carol
at 45 expect alice talks to carol
at 50 expect bob has no call
at 51 alice hangs up
at 90 carol hangs up
expect bob is told the verdict: 200
