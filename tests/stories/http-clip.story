# A server of the story gives a player its sound, late, and none the second time.
scenario clip
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const play = (event) => {
    const player = VoxEngine.createURLPlayer("https://sounds.example/hello.wav?voice=1");
    player.sendMediaTo(call);
    player.addEventListener(PlayerEvents.PlaybackFinished, ({ error }) => {
      Logger.write("finished " + (error ?? "well"));
      if (error) call.hangup();
      else play();
    });
  };
  call.addEventListener(CallEvents.Connected, play);
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phones alice
http GET https://sounds.example/* is silent
http GET https://sounds.example/hello.wav plays 2 s of 440 Hz after 1 times 1
at 0 alice calls anybody
at 2 expect alice hears 440 Hz
at 4 expect never alice hears 440 Hz
at 14 expect log "finished well"
expect log "finished https://sounds.example/hello.wav?…: no answer within 12 s"
expect asked "GET https://sounds.example/hello.wav?voice=1"
