# stopMediaTo in the middle of a sentence ends the utterance, whose result still comes; the newest source is heard; the session's end ends it all.
scenario ears
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => {
  const asr = VoxEngine.createASR("en-US");
  for (const [name, event] of Object.entries(ASREvents)) asr.addEventListener(event, ({ text, error }) => Logger.write([name, text, error].join(" ")));
  const bob = VoxEngine.callUser({ username: "bob", callerid: "1" });
  bob.addEventListener(CallEvents.Connected, () => call.answer());
  call.addEventListener(CallEvents.Connected, () => {
    VoxEngine.sendMediaBetween(call, bob);
    call.sendMediaTo(asr);
    setTimeout(() => call.stopMediaTo(asr), 3000);
    setTimeout(() => bob.sendMediaTo(asr), 6000);
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
```
phones alice bob
users bob
bob answers after 0
recogniser understands "hello"
recogniser understands "I am bob"
at 1 alice calls 100
at 2 alice says speech
at 3 expect bob hears alice's speech
at 8 bob says speech for 1
at 12 alice hangs up
expect log "Result hello"
expect log "Result I am bob"
