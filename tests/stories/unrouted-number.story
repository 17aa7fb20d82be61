# No rule takes the number: 404, and no session.
scenario forward
rule 1\d\d\d runs forward
phones alice bob
users bob
at 0 alice calls 99
expect alice is refused: 404
expect never bob is called by alice
