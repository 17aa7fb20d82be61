# Once a user has a password, nobody calls without digest.
scenario forward
phones alice mallory bob
password alice sesame
users bob
bob answers after 0.2
at 0 mallory calls bob
at 2 alice calls bob
at 4 alice hangs up
expect mallory is refused: 401
expect alice is connected
