# A marker may count from the end: of a clip, of a tone that has one, of a piece of a sequence.
scenario markers
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const mark = (player, event, ended, then) => {
    const begun = Date.now();
    player.addEventListener(event, (e) => Logger.write("at " + (Date.now() - begun) + ": " + e.offset));
    player.addEventListener(ended, then);
  };
  call.addEventListener(CallEvents.Connected, () => {
    const one = VoxEngine.createURLPlayer("one.wav");
    one.addMarker(-500);
    one.addMarker(500);
    one.addMarker(-9000);
    mark(one, PlayerEvents.PlaybackMarkerReached, PlayerEvents.PlaybackFinished, () => {
      Logger.write("a tone");
      const tone = VoxEngine.createToneScriptPlayer("425@-10;1(*/0/1)");
      tone.addMarker(-400);
      mark(tone, PlayerEvents.PlaybackMarkerReached, PlayerEvents.PlaybackFinished, () => {
        Logger.write("a sequence");
        const segments = [{ url: "one.wav" }, { url: "two.wav" }];
        const both = VoxEngine.createSequencePlayer({ segments });
        both.addMarker(-200, segments[0]);
        both.addMarker(-300, segments[1]);
        both.addMarker(100, segments[1]);
        mark(both, SequencePlayerEvents.PlaybackMarkerReached, SequencePlayerEvents.PlaybackFinished, () => call.hangup());
      });
    });
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
clip one.wav 2 s of 440 Hz
clip two.wav 1 s of 660 Hz
phones alice
at 1 alice calls 100
expect 1 message "BYE sip:alice"
