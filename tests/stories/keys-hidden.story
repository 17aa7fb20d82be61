# After Logger.hideTones the keys that a caller presses are in no journal; the scenario hears them all the same.
scenario pin
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  Logger.hideTones(true);
  call.handleTones(true);
  let keys = 0;
  call.addEventListener(CallEvents.ToneReceived, () => {
    keys += 1;
    if (keys === 4) Logger.write("four keys");
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phone alice of alice
at 1 alice calls 100
at 3 alice presses 4711
at 6 alice hangs up
expect log "four keys"
