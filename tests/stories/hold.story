# Hold and resume of one side: the other keeps its call.
scenario forward
phones alice bob
users bob
bob answers after 0.2
at 0 alice calls bob
at 2 bob holds
at 3 expect bob hears nobody
at 4 bob resumes
at 5 expect alice talks to bob
at 6 bob hangs up
