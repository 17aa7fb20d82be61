# A beep after a greeting is an answering machine's; a voice is none.
scenario tones
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.ToneDetected, ({ ProgressTone, VoicemailTone, tone }) =>
    Logger.write([tone, ProgressTone, VoicemailTone].join(" ")));
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phone alice of alice
at 1 alice calls 100
at 2 alice says speech for 4
at 6.5 alice says 1000 Hz for 0.4
at 8 alice hangs up
at 6.5 expect never log tone
expect log "voicemail false true"
