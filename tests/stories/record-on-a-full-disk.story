# The disk fills up: every recording ends with its events, and the call goes on. Where nothing can be written to
# begin with, only the error comes.
scenario full
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  for (const name of [CallEvents.RecordStarted, CallEvents.RecordStopped, CallEvents.RecordError])
    call.addEventListener(name, (e) => Logger.write([e.name, e.duration, e.error].join(" ")));
  const recorder = (name) => {
    const recorder = VoxEngine.createRecorder({ name, format: "wav" });
    recorder.addEventListener(RecorderEvents.Started, () => Logger.write(name + " started"));
    recorder.addEventListener(RecorderEvents.RecorderError, (e) => Logger.write(name + ": " + e.error));
    recorder.addEventListener(RecorderEvents.Stopped, (e) => Logger.write(name + " stopped after " + e.duration));
    return recorder;
  };
  call.addEventListener(CallEvents.Connected, () => {
    call.record({ format: "json" });
    const one = recorder("one");
    call.sendMediaTo(one);
    setTimeout(() => one.mute(true), 4000);
    setTimeout(() => recorder("two"), 4000);
    setTimeout(() => recorder("three").stop(), 7100);
    setTimeout(() => call.record(), 5000);
    setTimeout(() => call.record(), 7000);
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phones alice
at 1 alice calls 100
at 4 the disk is full
at 5.5 the disk cannot be written
at 7 the disk has room
at 9 expect alice has 1 call
at 10 alice hangs up
expect log "Call.RecordError  the disk is full"
expect log "Call.RecordStopped 2.99 "
expect log "one: the disk is full"
expect log "one stopped after 2.99"
expect log "Recorder.mute does nothing: the recorder has ended"
expect log "two: the disk is full"
expect never log "two started"
expect never log "two stopped"
expect log "three stopped after 0"          # it was over before its file was there
expect never log "three started"
expect log "Call.RecordError  the recording cannot be written: Permission denied"
expect log "Call.RecordStopped 2 "
expect recording 1 lasts 3
expect recording 3 lasts 2
