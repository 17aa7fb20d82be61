# The target takes another codec than the transferor did, and the caller takes both: they hear each other.
scenario transfer
phones alice bob carol
users bob carol
alice speaks PCMU, PCMA
bob speaks PCMU
carol speaks PCMA
bob answers after 0.5
carol answers after 1
at 0 alice calls bob
at 2 expect alice talks to bob
at 3 bob refers to carol
at 6 expect alice talks to carol
at 10 alice hangs up
