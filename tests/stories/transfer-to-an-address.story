# The shipped transfer-sip: the phone transfers to a SIP address somewhere else, with a header of its own.
scenario transfer-sip
phones alice bob carol
users bob
bob answers after 0.5
carol rings after 0.1, answers after 1
at 0 alice calls bob
at 3 bob refers to '"Carol, desk 7" <sip:carol@127.0.1.3;user=phone?X-Desk=7&Subject=gossip>'
at 6 expect alice talks to carol
at 12 expect bob has no call
at 20 alice hangs up
at 21 expect carol has no call
expect bob is told 100, 180, 200
expect 1 message "INVITE sip:carol@carol"
