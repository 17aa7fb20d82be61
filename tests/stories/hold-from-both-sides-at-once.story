# Both offer at the same moment; each offer is for its own leg, so there is no glare.
scenario forward
phones alice bob
users bob
bob answers after 0.2
at 0 alice calls bob
at 2 bob holds
at 2 alice holds
at 10 bob resumes
at 10 alice resumes
at 20 expect alice talks to bob
at 21 alice hangs up
