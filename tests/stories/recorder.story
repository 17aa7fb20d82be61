# A recorder takes the mix of all that is sent to it; muted it writes silence; what it cannot do it says.
scenario recorder
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => {
    const recorder = VoxEngine.createRecorder({ hd_audio: true, lossless: true, name: "mix", transcribe: true, expire: RecordExpireTime.ONEYEAR, trim: true });
    for (const [name, event] of Object.entries(RecorderEvents))
      recorder.addEventListener(event, (e) => Logger.write([name, e.url, e.cost, e.duration, e.error].join(" ")));
    Logger.write(String(recorder).replace(/-u.*/, "-u)"));
    const tone = VoxEngine.createToneScriptPlayer("440@-10;*(*/0/1)");
    const other = VoxEngine.createToneScriptPlayer("1000@-10;*(*/0/1)");
    tone.sendMediaTo(recorder);
    other.sendMediaTo(recorder);
    setTimeout(() => other.stopMediaTo(recorder), 1000);
    setTimeout(() => recorder.mute(true), 2000);
    setTimeout(() => recorder.mute(false), 3000);
    setTimeout(() => recorder.stop(), 4000);
    setTimeout(() => recorder.stop(), 4100);
    // A recorder has nothing to say: the call goes on hearing what it heard.
    other.sendMediaTo(call);
    VoxEngine.sendMediaBetween(call, recorder);
    // The older form.
    const older = VoxEngine.createRecorder("old", true);
    older.addEventListener(RecorderEvents.Started, (e) => Logger.write("older " + e.url));
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phones alice
at 1 alice calls 100
at 6 alice hangs up
at 3 expect alice hears 1000 Hz
expect log "Started http://127.0.0.1:8060/recordings/2025-01-01/mix1.flac"
expect log "Stopped  0 4"
expect log "VoxEngine.createRecorder: what is given as transcribe, expire, trim means nothing here and is ignored"
expect log "call0 does not hear unit1: a recorder has nothing to say"
expect log "Recorder.stop does nothing: the recorder has ended"
expect log "older http://127.0.0.1:8060/recordings/2025-01-01/old2.mp3"
expect recording 1 is mono flac at 48000 Hz
expect recording 1 lasts 4
expect recording 1 holds 440 Hz from 0.1 to 1
expect recording 1 holds 1000 Hz from 0.1 to 1
expect recording 1 holds 440 Hz from 1.1 to 2
expect never recording 1 holds 1000 Hz from 1.1 to 2
expect never recording 1 holds 440 Hz from 2.1 to 3
expect recording 1 holds 440 Hz from 3.1 to 4
expect recording 2 lasts 5
