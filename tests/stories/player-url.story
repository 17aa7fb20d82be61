# A player of a URL waits for resume, jumps, tells of its markers, and of what cannot be played.
scenario url
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => {
    const player = VoxEngine.createURLPlayer(
      { url: "https://sounds.example/one.mp3", method: URLPlayerRequestMethod.POST, headers: [{ name: "X-Key", value: "1" }], body: { text: "a" } },
      { onPause: true },
    );
    for (const [name, event] of Object.entries(PlayerEvents))
      player.addEventListener(event, (e) => Logger.write(name + " " + (e.duration ?? e.offset ?? e.error ?? "")));
    player.sendMediaTo(call);
    player.addMarker(5000);
    setTimeout(() => player.resume(), 1000);
    setTimeout(() => player.jump(4500), 2000);
    player.addEventListener(PlayerEvents.PlaybackFinished, () => {
      // The older form.
      const lost = VoxEngine.createURLPlayer("ftp://sounds.example/two.mp3", true, true);
      lost.addEventListener(PlayerEvents.PlaybackFinished, (e) => {
        Logger.write(e.error);
        call.hangup();
      });
    });
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
clip https://sounds.example/one.mp3 6 s of 440 Hz
phones alice
at 1 alice calls 100
at 1.8 expect never alice hears 440 Hz
at 2.5 expect alice hears 440 Hz
expect log "Started 6"
expect log "PlaybackMarkerReached 5000"
expect log "ftp://sounds.example/two.mp3: there is no such clip in this simulation"
