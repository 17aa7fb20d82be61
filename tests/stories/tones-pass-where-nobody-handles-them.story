# Without handleTones a key goes to the other end as it came, and no event is told; of one kind alone it is told.
scenario tones
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.ToneReceived, (e) => Logger.write("key " + e.tone));
  const other = VoxEngine.callUser("bob");
  other.addEventListener(CallEvents.Connected, () => {
    call.answer();
    VoxEngine.sendMediaBetween(call, other);
    setTimeout(() => call.handleTones(true, DTMFType.SIP_INFO), 3000);
    setTimeout(() => call.handleTones(true, DTMFType.TELEPHONE_EVENT), 4000);
    setTimeout(() => call.handleTones(false), 5000);
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
```
phones alice bob
users bob
bob answers after 1
at 1 alice calls 100
at 3 alice presses 1
at 5.5 alice presses 2
at 6.5 alice presses 3
at 7.5 alice presses 4
at 8.5 alice hangs up
at 8.2 expect bob has got keys 124
expect never log "key 1"
expect never log "key 2"
expect log "key 3"
expect never log "key 4"
