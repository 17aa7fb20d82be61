# Two phones that share no codec hear each other, transcoded: nobody is refused and nobody is asked twice.
scenario forward
```
VoxEngine.forwardCallToUser();
```
phones alice bob
users bob
alice speaks PCMU
bob speaks PCMA
bob answers after 0.5
at 0 alice calls bob
at 2 expect alice talks to bob
at 5 bob hangs up
expect 1 message "INVITE sip:bob@bob"
