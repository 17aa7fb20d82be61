# T18: alice holds, and is transferred meanwhile: carol hears nothing of her until she resumes, and then both talk.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol
at 5 alice holds
at 8 bob transfers alice to carol
at 10 expect alice hears nobody
at 11 alice resumes
at 12 expect alice talks to carol
at 20 alice hangs up
expect bob is told 100, 200
