# As patient-transfer; the transferor hangs up as soon as its REFER is accepted.
scenario transfer
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 3
carol rings after 0.1, answers after 6
bob leaves when accepted after 0.28
at 0 alice calls bob
at 20 expect alice talks to bob
at 21 bob refers to carol
at 60 expect bob has no call
at 60 expect alice talks to carol
at 61 carol hangs up
at 100 expect alice has no call
at 100 expect carol has no call
