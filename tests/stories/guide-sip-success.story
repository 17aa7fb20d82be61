# The guide's sample as it stands: the transferor does not hang up, so it is let go after transfer.graceS.
scenario call-transfer-sip
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 1
carol rings after 0.1, answers after 2
at 0 alice calls bob
at 2 expect alice talks to bob
at 3 bob refers to carol
at 5.5 expect alice talks to carol
at 5.5 expect bob hears nobody
at 5.5 expect bob has 1 call
at 12 expect bob has no call
at 12 expect alice talks to carol
at 20 carol hangs up
expect bob is told 100, 180, 200
expect 1 message "REFER sip:"
