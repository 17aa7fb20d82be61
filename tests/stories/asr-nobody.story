# Where no setting names a recogniser the script is told so, and the call goes on.
scenario ears
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const asr = VoxEngine.createASR({ profile: ASRProfileList.Yandex.ru_RU });
  asr.addEventListener(ASREvents.Started, () => Logger.write("started"));
  asr.addEventListener(ASREvents.ASRError, ({ error, asr }) => {
    Logger.write("error: " + error);
    asr.stop();
  });
  asr.addEventListener(ASREvents.Stopped, ({ duration }) => Logger.write("stopped after " + duration));
  call.addEventListener(CallEvents.Connected, () => call.sendMediaTo(asr));
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phones alice
recogniser is absent
at 1 alice calls 100
at 2 alice says speech for 1
at 5 alice hangs up
expect log "error: there is nobody who recognises speech in this simulation"
expect log "stopped after 0"
