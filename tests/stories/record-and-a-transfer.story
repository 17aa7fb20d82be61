# A leg that moves to another session takes its sound along and leaves its record behind: the script that began it hears
# its end, after it hears that the call is over, as of any call. The survivors talk on and nothing is recorded any more.
scenario kept
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const other = VoxEngine.callUser(call.number(), call.callerid());
  VoxEngine.easyProcess(call, other);
  // A call that waits for whoever is transferred: its record begins with what that party says.
  if (call.number() !== "bob") return call.record({ stereo: true });
  for (const name of [CallEvents.RecordStarted, CallEvents.RecordStopped, CallEvents.TransferComplete, CallEvents.Disconnected])
    call.addEventListener(name, (e) => Logger.write([e.name, e.duration].join(" ")));
  call.addEventListener(CallEvents.Connected, () => call.record({ stereo: true }));
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 1
at 0 alice says 440 Hz
at 0 carol says 1000 Hz
at 1 alice calls bob
at 4 bob refers to carol
at 9 expect alice talks to carol
at 9 expect alice hears 1000 Hz
at 20 carol hangs up
expect log "Call.RecordStopped"
expect recording 1 left holds 440 Hz from 0.3 to 2
expect never recording 1 right holds 1000 Hz
expect recording 2 left holds 440 Hz from 2 to 14
expect recording 2 right holds 1000 Hz from 2 to 14
expect never recording 2 left holds 440 Hz from 0 to 0.9
expect recording 2 lasts 16
