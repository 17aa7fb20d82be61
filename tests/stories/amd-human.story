# Somebody who says a word and waits is a human. The detector is given to the call that is placed.
scenario amd
```
require(Modules.AMD);
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const amd = AMD.create({ model: AMD.Model.US });
  amd.addEventListener(AMD.Events.DetectionComplete, (e) => Logger.write("amd " + e.resultClass + " " + e.resultSubtype + " " + (e.confidence > 60) + " " + (e.callId === e.call.id())));
  const other = VoxEngine.callUser({ username: "bob", callerid: "100", amd });
  other.addEventListener(CallEvents.AudioIdentificationStarted, () => Logger.write("started"));
  other.addEventListener(CallEvents.AudioIdentificationResult, ({ audioType, audioSubType }) => Logger.write("result " + audioType + " " + audioSubType));
  other.addEventListener(CallEvents.AudioIdentificationStopped, () => Logger.write("stopped"));
  other.addEventListener(CallEvents.Connected, () => call.answer());
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  Logger.write("same call: " + (amd.call === other) + ", timeout " + amd.timeout);
});
```
phones alice bob
users bob
bob answers after 1
at 1 alice calls 100
at 2.5 bob says speech for 0.7
at 8 alice hangs up
expect log "started"
expect log "amd HUMAN NONE true true"
expect log "result HUMAN NONE"
expect log "stopped"
expect log "same call: true, timeout 6500"
