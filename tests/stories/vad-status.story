# A call says whether it is listened for speech: while its status is handled, and while a recogniser hears it. A recogniser
# hears one source, the newest.
scenario listened
```
const says = (what, ...calls) => Logger.write(what + ": " + calls.map((call) => call.vad()).join(" "));
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const other = VoxEngine.callUser("bob");
  says("at first", call, other);
  call.handleMicStatus(true);
  says("with its status", call, other);
  call.handleMicStatus(false);
  says("without", call, other);
  other.addEventListener(CallEvents.Connected, () => {
    call.answer();
    VoxEngine.sendMediaBetween(call, other);
    const asr = VoxEngine.createASR({ profile: ASRProfileList.Google.en_US });
    call.sendMediaTo(asr);
    says("heard by a recogniser", call, other);
    other.sendMediaTo(asr);
    says("another in its place", call, other);
    call.stopMediaTo(asr);
    says("what did not hear it any more", call, other);
    asr.stop();
    says("the recogniser stopped", call, other);
    VoxEngine.sendMediaBetween(call, VoxEngine.createASR());
    says("both ways", call, other);
    setTimeout(() => other.hangup(), 1000);
  });
  call.addEventListener(CallEvents.Disconnected, () => {
    says("after its end", call, other);
    VoxEngine.terminate();
  });
});
```
phones alice bob
users bob
bob answers after 0.5
at 1 alice calls bob
at 5 alice hangs up
expect log "at first: false false"
expect log "with its status: true false"
expect log "without: false false"
expect log "heard by a recogniser: true false"
expect log "another in its place: false true"
expect log "what did not hear it any more: false true"
expect log "the recogniser stopped: false false"
expect log "both ways: true false"
expect log "after its end: false false"
