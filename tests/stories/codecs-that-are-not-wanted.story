# Nobody is called with a codec that the settings do not have: the caller gets 488, and the log says what was offered
# and what is allowed. A callee that refuses is told of as well.
scenario forward
```
VoxEngine.forwardCallToUser();
```
phones alice bob carol
users bob carol
setting media.codecs L16/16000,G722
alice speaks PCMU, PCMA
bob speaks L16/16000
carol speaks opus
carol answers after 0.5
at 0 alice calls bob
at 1 expect alice is refused: 488
at 2 bob calls carol
at 4 expect bob is refused: 488
expect log "488: the callee takes none of what it was offered, which is L16/16000, G722"
