# A call is recorded: a link once the file is there, both sides of it, and its end after the call's, also where the
# script ends the session with the call.
scenario record
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const events = [CallEvents.Connected, CallEvents.RecordStarted, CallEvents.RecordStopped, CallEvents.RecordError, CallEvents.Disconnected];
  for (const name of events)
    call.addEventListener(name, (e) => Logger.write([e.name, e.url, e.cost, e.duration, e.error].join(" ")));
  call.addEventListener(CallEvents.Connected, () => {
    call.record({ stereo: true, recordNamePrefix: "desk-", secure: true });
    call.record();
    call.startPlayback("hello.wav");
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
clip hello.wav 2 s of 440 Hz
phones alice
at 1 alice calls 100
at 6 alice hangs up
at 3 expect log "Call.RecordStarted http://127.0.0.1:8060/recordings/2025-01-01/desk-1.mp3"
expect log "Call.RecordStopped http://127.0.0.1:8060/recordings/2025-01-01/desk-1.mp3?expires=1735776000&signature=… 0 5"
expect log "call0 is recorded already; Call.record does nothing"
expect recording 1 is stereo mp3 at 8000 Hz
expect recording 1 lasts 5
expect recording 1 right holds 440 Hz from 0.2 to 1.9
expect never recording 1 right holds 440 Hz from 2.2 to 4.8
expect never recording 1 left holds 440 Hz
expect never log "RecordError"
