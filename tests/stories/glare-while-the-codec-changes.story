# T20: the caller holds in the very moment in which it is asked to change over: 491 both ways, and in the end all is well.
scenario transfer
phones alice bob carol
users bob carol
carol speaks PCMA
bob answers after 0.5
carol answers after 1
at 0 alice calls bob
at 3 bob refers to carol
at 4.032 alice holds
at 12 alice resumes
at 20 expect alice talks to carol
at 21 alice hangs up
