# What cannot be played is told twice: Error, then PlaybackFinished with the same words. A binary body arrives as bytes.
scenario errors
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => {
    const tell = (player, events, then) => {
      for (const name of ["Error", "PlaybackFinished", "PlaybackBuffering"])
        if (events[name]) player.addEventListener(events[name], (e) => {
          Logger.write((e.player ?? e.sequencePlayer).constructor.name + "." + name + ": " + e.error);
          if (name === "PlaybackFinished") then();
        });
    };
    tell(VoxEngine.createURLPlayer("none.wav"), PlayerEvents, () =>
      tell(VoxEngine.createToneScriptPlayer("la la la"), PlayerEvents, () =>
        tell(VoxEngine.createSequencePlayer({ segments: [{ text: "one" }, { url: "two.wav" }] }), SequencePlayerEvents, () => {
          const body = { binary: "AP8Q" };
          tell(VoxEngine.createURLPlayer({ url: "https://sounds.example/a", method: "POST", body }), PlayerEvents, () => {
            call.playProgressTone("XX");
            call.hangup();
          });
        })));
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phones alice
http POST https://sounds.example/a plays 1 s of 440 Hz
at 1 alice calls 100
at 1.7 expect never alice hears 440 Hz
expect log "Player.Error: none.wav: there is no such file in the media folder"
expect log "Player.PlaybackFinished: none.wav: there is no such file in the media folder"
expect log "Player.Error: a tone script is FREQUENCY@LEVEL"
expect log "SequencePlayer.Error: two.wav: there is no such file"
expect log "SequencePlayer.PlaybackFinished: two.wav: there is no such file"
expect never log "PlaybackBuffering"
expect log "Player.PlaybackFinished: undefined"
expect log "there is no progress tone of `XX`"
