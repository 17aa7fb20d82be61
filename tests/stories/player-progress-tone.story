# A caller hears a ringback tone while somebody else is called, and then the one who answers.
scenario ringback
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.startEarlyMedia();
  call.playProgressTone("RU");
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
bob rings after 0.1, answers after 3
at 7 bob hangs up
at 1 alice calls 100
at 1.5 expect alice hears 425 Hz
at 2.7 expect never alice hears 425 Hz      # one second of tone, four of silence
at 5 expect alice talks to bob
at 5 expect never alice hears 425 Hz
