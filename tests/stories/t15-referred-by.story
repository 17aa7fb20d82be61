# T15: Referred-By reaches the target as the transferor wrote it: its own, another's, or none.
scenario transfer
phones alice bob carol
users bob carol
bob answers after 0.5
bob leaves on success
carol answers after 0.5
at 0 alice calls bob
at 2 bob refers to carol
at 6 alice hangs up
at 10 alice calls bob
at 12 bob refers to carol, without Referred-By
at 16 alice hangs up
at 20 alice calls bob
at 22 bob refers to carol, referred by "<sip:boss@example.com>;cid=1@example.com"
at 24 expect alice talks to carol
at 26 alice hangs up
expect 1 message "Referred-By: <sip:bob@127.0.0.1>"
expect 1 message "Referred-By: <sip:boss@example.com>;cid=1@example.com"
expect 3 messages "INVITE sip:carol@carol"
expect bob is told 100, 200, 100, 200, 100, 200
