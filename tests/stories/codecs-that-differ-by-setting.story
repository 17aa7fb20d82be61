# A callee that has no G.711 is reached where the settings name its codec: the sound is transcoded.
scenario forward
```
VoxEngine.forwardCallToUser();
```
phones alice bob
users bob
setting media.codecs opus,PCMU,L16/48000
alice speaks PCMU
bob speaks L16/48000
bob answers after 0.5
at 0 alice calls bob
at 2 expect bob is offered PCMU, opus, L16/48000
at 2 expect alice talks in PCMU
at 2 expect bob talks in L16/48000
at 2 expect alice talks to bob
at 5 bob hangs up
