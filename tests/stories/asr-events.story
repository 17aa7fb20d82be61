# A caller's speech is recognised: every event of it, its end by stop(), and what the older forms give.
scenario ears
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const asr = VoxEngine.createASR({ profile: ASRProfileList.Google.en_US, phraseHints: ["sales", "support"] });
  for (const [name, event] of Object.entries(ASREvents))
    asr.addEventListener(event, (e) => Logger.write([name, e.asr === asr, e.text, e.confidence, e.resultEndTime, e.error, e.cost, e.duration].join(" ")));
  asr.addEventListener(ASREvents.Result, ({ text }) => {
    if (text === "goodbye") asr.stop();
  });
  asr.addEventListener(ASREvents.Stopped, () => {
    asr.stop();
    const older = VoxEngine.createASR({ lang: ASRLanguage.RUSSIAN_RU, dict: ["да", "нет"] });
    const oldest = VoxEngine.createASR(ASRLanguage.ENGLISH_US, ASRDictionary.ADDRESS_RU);
    Logger.write([older.language(), older.dictionary(), oldest.language(), oldest.dictionary(), older.id() !== oldest.id()].join(" | "));
    call.hangup();
  });
  call.addEventListener(CallEvents.Connected, () => call.sendMediaTo(asr));
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phones alice
recogniser understands "sales" with 97.5
recogniser fails "the recogniser has answered 503" after 0.1
recogniser understands "goodbye" after 3
at 1 alice calls 100
at 2 alice says speech for 1.5
at 5 alice says speech for 1
at 8 alice says speech for 1
at 9 expect log "CaptureStarted true"
expect log "Started true"
expect log "SpeechCaptured true"
expect log "ASRError true"
expect log "Stopped true"
expect log "RUSSIAN_RU | да,нет | ENGLISH_US | ADDRESS_RU | true"
