# A phone that sends no sound for seven seconds has stopped, and the script hears so; with its next packet it has gone on. Its
# codec is told with the first packet. Whoever is held is not said to have stopped.
scenario listens
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  for (const name of ["RtpStopped", "RtpResumed", "AudioQualityDetected"])
    call.addEventListener(CallEvents[name], (e) => Logger.write(name + " " + (e.type ?? e.quality ?? "")));
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phones alice
alice speaks opus
at 1 alice calls 100
at 2 alice says speech
at 3 alice falls silent
at 9.5 expect never log "RtpStopped"
at 10.5 expect log "RtpStopped"
at 12 alice says speech
at 13 expect log "RtpResumed"
at 14 alice holds
at 30 alice hangs up
