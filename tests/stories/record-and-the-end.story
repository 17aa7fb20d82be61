# What is told when a call ends, and in which order: whoever waits to know who has picked up hears it before the end, the
# record of the call is told after it, be it Failed or Disconnected; a recorder of the script's own goes on. Who ends the
# session with the call hears of the record still, and can do no more than log it; a recorder of its own it hears no more of.
scenario ends
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const watch = (name, one) => {
    for (const event of [CallEvents.AudioIdentificationResult, CallEvents.Failed, CallEvents.Disconnected, CallEvents.RecordStopped])
      one.addEventListener(event, (e) => Logger.write([name, e.name, e.duration].join(" ")));
  };
  const recorder = VoxEngine.createRecorder({ name: "own" });
  recorder.addEventListener(RecorderEvents.Stopped, ({ duration }) => Logger.write("own stopped after " + duration));
  const other = VoxEngine.callUser({ username: "bob", amd: AMD.create({ model: AMD.Model.US }) });
  watch("bob", other);
  other.addEventListener(CallEvents.AudioStarted, () => other.record());
  other.addEventListener(CallEvents.RecordStopped, () => setTimeout(() => recorder.stop(), 1000));
  watch("alice", call);
  call.addEventListener(CallEvents.Connected, () => call.record());
  VoxEngine.createRecorder().addEventListener(RecorderEvents.Stopped, () => Logger.write("another stopped"));
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.addEventListener(CallEvents.RecordStopped, () => Net.httpRequest("https://a.example/", () => Logger.write("answered")));
  call.answer();
});
```
phones alice bob
users bob
bob sends early media after 0.1
at 1 alice calls bob
at 4 bob rejects with 486
at 8 alice hangs up
expect log "own stopped after"
expect log "bob Call.RecordStopped"
expect log "alice Call.Disconnected"
expect log "alice Call.RecordStopped"
expect never log "answered"
expect never log "another stopped"
