# The first desk is busy, the second answers.
scenario reception
phones carol alice bob
users alice bob
alice rejects with 486 after 0.5
bob rings after 0.1, answers after 1
at 0 carol calls reception
at 3 expect carol talks to bob
at 10 carol hangs up
