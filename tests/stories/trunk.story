# A call to a number takes the first trunk whose routes match; a number that no trunk takes is 404.
scenario outside
```
VoxEngine.forwardCallToPSTN();
```
phones alice provider other
trunk other takes 1.*
trunk provider takes 49\d+
provider rings after 0.1, answers after 1
at 0 alice calls 4930123456
at 3 expect alice talks to provider
at 5 alice hangs up
at 6 alice calls 3312345
expect never other is called by alice
expect alice is refused: 404
