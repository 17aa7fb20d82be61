# The shipped reception: the first desk does not answer, the second does.
scenario reception
phones dave alice bob
users alice bob
alice rings after 0.1, rejects with 480 after 4
bob rings after 0.1, answers after 1
at 0 dave calls 0
at 10 expect dave talks to bob
at 11 dave hangs up
at 12 expect bob has no call
