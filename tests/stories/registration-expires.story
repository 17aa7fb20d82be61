# A phone that does not come back is forgotten when its registration has run out.
scenario forward
phones alice bob
password alice sesame
password bob sesame
bob answers after 0.2
at 0 bob registers for 60
at 100 alice calls bob
expect alice is refused: 480
