# Attended transfer, but the transferee has hung up a moment before: refused, the consultation goes on.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol
at 6 alice hangs up
at 6.005 bob transfers alice to carol
at 8 expect bob talks to carol
at 9 bob hangs up
