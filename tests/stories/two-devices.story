# Both devices of a user ring; the first answer wins and the other is cancelled as completed elsewhere.
scenario forward
phones alice bob
phone desk of bob
password alice sesame
password bob sesame
bob rings after 0.1
desk rings after 0.1, answers after 1
at 0 bob registers
at 0 desk registers
at 1 alice calls bob
at 3 expect alice talks to desk
at 3 expect bob has no call
at 5 alice hangs up
at 6 bob unregisters
at 6 desk unregisters
expect bob has lost its call: cancelled
expect 1 message "CANCEL sip:"
expect 1 message "cause=200"
