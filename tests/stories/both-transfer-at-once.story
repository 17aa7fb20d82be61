# Both parties press transfer at the same moment: the first wins, the other is told, nobody is left alone.
scenario transfer
phones alice bob carol dave
users bob carol dave
bob answers after 0.5
carol answers after 2
dave answers after 1
at 0 alice calls bob
at 3 bob refers to carol
at 3.005 alice refers to dave
at 8 expect alice talks to carol
at 20 alice hangs up
expect bob is told 100, 200
expect alice is told 100, 491
expect never dave is called by alice
