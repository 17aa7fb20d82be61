# By address: the third party is called at the Refer-To, and a busy one leaves the old call as it was.
scenario transfer-sip
phones alice bob carol dave
users bob carol dave
bob rings after 0.1, answers after 0.5
carol rejects with 486 after 0.3
dave rings after 0.1, answers after 1
at 0 alice calls bob
at 3 bob refers to carol
at 5 expect alice talks to bob
at 6 bob refers to dave
at 8 expect alice talks to dave
at 8.5 bob hangs up
at 12 expect alice talks to dave
at 20 alice hangs up
