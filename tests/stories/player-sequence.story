# A sequence plays texts and URLs without a gap, and a marker counts from the start of its segment.
scenario sequence
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => {
    const segments = [
      { request: { url: "https://sounds.example/one.mp3" } },
      { text: "two", parameters: { voice: VoiceList.Amazon.en_US_Joanna } },
      { request: { url: "three.wav" } },
    ];
    const player = VoxEngine.createSequencePlayer({ segments });
    for (const [name, event] of Object.entries(SequencePlayerEvents))
      player.addEventListener(event, (e) => Logger.write(name + " " + (e.offset ?? e.error ?? "")));
    player.addMarker(100);
    player.addMarker(200, segments[1]);
    player.addMarker(300, segments[2]);
    player.sendMediaTo(call);
    player.addEventListener(SequencePlayerEvents.PlaybackFinished, () => {
      const said = VoxEngine.createTTSPlayer("two", { onPause: true });
      said.addEventListener(PlayerEvents.PlaybackReady, () => said.resume());
      said.addEventListener(PlayerEvents.PlaybackFinished, () => {
        const broken = VoxEngine.createSequencePlayer({ segments: [{ text: "two" }, { request: { url: "none.wav" } }] });
        broken.addEventListener(SequencePlayerEvents.PlaybackFinished, (e) => {
          Logger.write("broken: " + e.error);
          const stopped = VoxEngine.createSequencePlayer({ segments });
          stopped.addEventListener(SequencePlayerEvents.Stopped, () => call.hangup());
          stopped.stop();
        });
      });
      said.sendMediaTo(call);
    });
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
clip https://sounds.example/one.mp3 1 s of 440 Hz
clip two 1 s of 1000 Hz
clip three.wav 1 s of 700 Hz
phones alice
at 1 alice calls 100
at 1.6 expect alice hears 440 Hz
at 2.6 expect alice hears 1000 Hz
at 3.6 expect alice hears 700 Hz
at 4.6 expect alice hears 1000 Hz
expect log "broken: none.wav: there is no such file in the media folder"
