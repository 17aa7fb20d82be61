# The jobs to measure with: one that answers and hangs up, one that holds.
scenario load
phones alice bob
at 0 alice calls ans-1
at 1 expect alice has no call
at 2 bob calls hold-1
at 60 expect bob has 1 call
at 61 bob hangs up
