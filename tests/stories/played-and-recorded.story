# What is played is heard by the phone and is in the recording as it is, and so is what the phone says: speech and tones, by
# level, delay and spectrum, neither of them on the other side. The recorder of all of it has both.
scenario studio
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => {
    call.record({ stereo: true, format: "wav" });
    const both = VoxEngine.createRecorder({ format: "wav", hd_audio: true });
    call.sendMediaTo(both);
    setTimeout(() => {
      const player = VoxEngine.createURLPlayer("talk.wav");
      player.sendMediaTo(call);
      player.addEventListener(PlayerEvents.PlaybackFinished, () => {
        call.startPlayback("tone.wav");
        VoxEngine.createURLPlayer("tone.wav").sendMediaTo(both);
      });
    }, 1000);
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
clip talk.wav 4 s of speech
clip tone.wav 2 s of 700 Hz
phones alice
alice speaks PCMU
at 0 alice says speech
at 0 alice calls 1
at 4.5 expect alice hears clip talk.wav since 1 within 0.08
at 4.5 expect recording 1 right holds clip talk.wav since 1 within 0.1
at 4.5 expect recording 1 left holds alice's speech within 0.1
at 4.5 expect never recording 1 left holds clip talk.wav since 1
at 4.5 expect never recording 1 right holds alice's speech
at 4.5 expect recording 2 holds alice's speech within 0.1
at 4.8 alice says 1000 Hz at -20 dB
at 6.5 expect alice hears 700 Hz at -12 dB
at 7.5 alice hangs up
expect recording 1 left holds 1000 Hz at -20 dB from 5.2 to 6.5
expect recording 1 right holds 700 Hz at -12 dB from 5.3 to 6.8
expect never recording 1 left holds 700 Hz
expect never recording 1 right holds 1000 Hz
expect recording 2 holds 1000 Hz at -20 dB from 5.3 to 6.5
expect recording 2 holds 700 Hz at -12 dB from 5.3 to 6.5
