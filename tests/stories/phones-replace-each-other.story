# Past the switchboard: dave takes the place of alice in her call with bob (RFC 3891), as phones do among themselves.
scenario forward
phones alice bob dave
bob answers after 0.5
at 0 alice calls bob directly
at 2 expect alice talks to bob
at 3 dave calls bob directly replacing alice's call with bob, required
at 5 expect dave talks to bob
at 5 expect alice has no call
at 5 expect bob has 1 call
at 8 dave hangs up
expect bob has its call with alice replaced
