# A transfer through the rules is one hop more: here none is left for the target, and the transferor is told so.
scenario forward
phones alice bob carol
users bob carol
alice sends Max-Forwards 2
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 2 bob refers to carol
at 4 expect alice talks to bob
at 5 alice hangs up
expect bob is told 100, 483
expect never carol is called by alice
