# Keys come to the script in whatever way the phone sends them, and not to whoever hears the call.
scenario tones
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.handleTones(true);
  call.addEventListener(CallEvents.ToneReceived, (e) => Logger.write("key " + e.tone + " by " + e.type));
  call.addEventListener(CallEvents.InfoReceived, (e) => Logger.write("info " + e.body));
  const other = VoxEngine.callUser("bob");
  other.addEventListener(CallEvents.Connected, () => {
    call.answer();
    VoxEngine.sendMediaBetween(call, other);
  });
  other.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
```
phones alice bob
users bob
bob answers after 1
at 1 alice calls 100
at 3 alice presses 12*
at 4 bob presses 9
at 5 alice sends info hello
at 6 alice hangs up
at 4.5 expect alice has got keys 9         # nobody handles his
at 5.5 expect bob has got no keys
expect log "key 1 by 1"
expect log "key 2 by 1"
expect log "key * by 1"
expect never log "key 9 by 1"
expect log "info hello"
