# The ringback tone of a country that VoxEngine has not: two tones, twice and then two seconds of nothing.
scenario ringback
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.answer();
  call.playProgressTone("gb");
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
```
phones alice
at 1 alice calls 100
at 1.4 expect alice hears 400 Hz
at 1.4 expect alice hears 450 Hz
at 2.7 expect never alice hears 400 Hz
at 4.4 expect alice hears 450 Hz
at 5 alice hangs up
