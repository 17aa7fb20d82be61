# A player of tones: it is heard by whoever it sends to, tells how it goes, and makes place for what comes after.
scenario tones
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => {
    const player = VoxEngine.createToneScriptPlayer("425@-10,600@-10;2(*/0/1+2)");
    for (const [name, event] of Object.entries(PlayerEvents))
      player.addEventListener(event, (e) => Logger.write(name + " " + (e.duration ?? e.offset ?? e.error ?? "")));
    player.addMarker(500);
    player.sendMediaTo(call);
    player.addEventListener(PlayerEvents.PlaybackFinished, () => {
      const next = VoxEngine.createToneScriptPlayer("1000@-10;1(.5/.5/1)", { loop: true });
      next.sendMediaTo(call);
      setTimeout(() => next.pause(), 1700);
      setTimeout(() => next.resume(), 2700);
      next.addEventListener(PlayerEvents.Stopped, () => call.hangup());
      setTimeout(() => next.stop(), 4000);
    });
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phones alice
at 1 alice calls 100
at 1.3 expect alice hears 425 Hz
at 1.3 expect alice hears 600 Hz
at 1.3 expect never alice hears 1000 Hz
at 1.65 expect log "PlaybackMarkerReached 500"
at 3.4 expect alice hears 1000 Hz
at 3.4 expect never alice hears 425 Hz
at 4.4 expect alice hears 1000 Hz           # its second round
at 5.4 expect never alice hears 1000 Hz     # paused
at 6.2 expect alice hears 1000 Hz
expect log "Started 2"
expect never log "Stopped"
