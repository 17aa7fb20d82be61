# Semi-attended, and carol declines: both of bob's calls are as they would have been, and bob is told.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1, rejects with 486 after 5
at 0 alice calls bob
at 3 bob calls carol
at 5 bob transfers alice to carol
at 10 expect alice talks to bob
at 12 alice hangs up
expect bob is told 100, 486
expect bob is refused: 486
