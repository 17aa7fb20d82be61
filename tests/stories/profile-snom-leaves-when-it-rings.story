# A Snom phone lets go of the call at the NOTIFY that says 180 (its release_xferred_call_on), so it must get one.
scenario transfer
phones alice bob carol
users bob carol
setting transfer.progress none
bob calls itself "snomD785/10.1.175.16"
bob answers after 0.5
carol rings after 0.5, answers after 4
at 0 alice calls bob
at 3 bob refers to carol
at 4.2 bob hangs up
at 8 expect alice talks to carol
at 10 carol hangs up
expect bob is told 100, 180, 200
