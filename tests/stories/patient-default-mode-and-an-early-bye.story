# As patient-default-mode; the transferor hangs up as soon as its REFER is accepted.
scenario forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 3
carol rings after 0.1, answers after 8
bob leaves when accepted after 0.28
at 0 alice calls bob
at 20 expect alice talks to bob
at 21 bob refers to carol
at 60 expect alice talks to carol
at 80 carol hangs up
at 130 expect alice has no call
at 130 expect bob has no call
at 130 expect carol has no call
