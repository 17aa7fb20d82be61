# Answered and hung up at once, and answered and held.
scenario load
phones alice bob
at 0 alice calls ans-1
at 2 expect alice has no call
at 3 bob calls hold-1
at 20 expect bob has 1 call
at 30 bob hangs up
