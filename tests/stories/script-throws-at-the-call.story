# A fault before the answer: 500 for the caller, and the place in the log.
scenario broken
```
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  e.call.ring();
  noSuchThing();
});
```
phones alice
at 0 alice calls 1000
expect alice is refused: 500
expect log "broken.js:3"
