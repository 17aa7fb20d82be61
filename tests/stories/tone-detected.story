# The tones of an exchange behind an answered call are told, once in a call.
scenario tones
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => {
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  const other = VoxEngine.callUser("bob");
  other.addEventListener(CallEvents.ToneDetected, ({ ProgressTone, VoicemailTone, tone }) =>
    Logger.write([tone, ProgressTone, VoicemailTone].join(" ")));
  other.addEventListener(CallEvents.Connected, () => call.answer());
});
```
phones alice bob
users bob
bob answers after 1
at 1 alice calls 100
at 3 bob says 480 and 620 Hz for 0.5
at 4 bob says 480 and 620 Hz for 0.5
at 5 bob says 480 and 620 Hz for 0.5
at 8 bob says 440 and 480 Hz for 2
at 12 alice hangs up
at 4.2 expect log "busy true false"
expect never log ringback
