# Every device refuses: the call fails once, when the last has spoken.
scenario transfer
phones alice bob
phone desk of bob
password alice sesame
password bob sesame
bob rejects with 486 after 0.2
desk rings after 0.1, rejects with 603 after 2
at 0 bob registers
at 0 desk registers
at 1 alice calls bob
at 2 expect alice has 1 call
at 6 bob unregisters
at 6 desk unregisters
