# Digest, a fixed list of users, and a registration that is taken back.
scenario forward
phones alice bob mallory
password alice sesame
password bob sesame
bob answers after 0.2
at 0 bob registers for 120
at 0 mallory registers
at 1 alice calls bob
at 3 alice hangs up
at 4 bob unregisters
at 5 alice calls bob
expect bob has its REGISTER answered: 200
expect never mallory has its REGISTER answered: 200
expect alice is connected
expect alice is refused: 480
