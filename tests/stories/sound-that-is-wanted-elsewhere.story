# Sound goes to no group, no broadcast address and no SIP port of ours, whatever a description says: the first two are
# refused, of the third the log tells, and nothing is sent there.
scenario forward
```
VoxEngine.forwardCallToUser();
```
phones alice bob carol erin
users bob carol erin
bob wants its sound at 239.1.1.1:4000
carol wants its sound at 127.0.0.1:5060
erin wants its sound at 255.255.255.255:4000
carol answers after 0.2
erin answers after 0.2
at 0 bob calls carol
at 1 expect bob is refused: 488
at 2 alice calls erin
at 4 expect alice is refused: 488
at 5 alice calls carol
at 7 expect alice hears nobody
at 7 expect carol hears nobody
at 7 expect log "the far end wants its sound at an address of our own: none is sent there"
at 8 alice hangs up
