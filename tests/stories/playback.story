# What a call plays to itself tells how it goes; what is stopped or replaced tells nothing more.
scenario playback
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  for (const name of ["PlaybackReady", "PlaybackStarted", "PlaybackFinished"])
    call.addEventListener(CallEvents[name], (e) => Logger.write(name + " " + (e.duration ?? e.error ?? "")));
  call.addEventListener(CallEvents.Connected, () => {
    call.startPlayback("https://sounds.example/one.mp3");
    setTimeout(() => call.startPlayback("two.wav", { loop: true }), 1000);
    setTimeout(() => call.stopPlayback(), 3000);
    setTimeout(() => call.say("Hello, this is a long sentence.", Language.US_ENGLISH_FEMALE), 4000);
  });
  let finished = 0;
  call.addEventListener(CallEvents.PlaybackFinished, () => {
    finished += 1;
    if (finished === 1) call.startPlayback("none.wav");
    if (finished === 2) call.say("x".repeat(1501));
    if (finished === 3) call.hangup();
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
clip https://sounds.example/one.mp3 2 s of 440 Hz
clip two.wav 0.5 s of 1000 Hz
phones alice
at 1 alice calls 100
at 1.5 expect alice hears 440 Hz
at 2.5 expect alice hears 1000 Hz           # it has taken the place of the first
at 2.5 expect never alice hears 440 Hz
at 3.5 expect alice hears 1000 Hz           # its third round
at 4.5 expect never alice hears 1000 Hz
expect log "PlaybackStarted 2"
expect log "PlaybackFinished none.wav: there is no such file in the media folder"
expect log "PlaybackFinished the text is longer than 1500 characters"
