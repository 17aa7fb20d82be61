# Two phones that are relayed packet by packet: the record of either call has its own endpoint left and what it hears
# right, whatever that is at the time, and a recorder has both in one. Nothing of it is heard by anybody.
scenario sides
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const other = VoxEngine.callUser("bob");
  other.addEventListener(CallEvents.Connected, () => {
    call.answer();
    VoxEngine.sendMediaBetween(call, other);
    call.record({ stereo: true, format: "wav" });
    other.record({ stereo: true, format: "wav", hd_audio: true });
    const both = VoxEngine.createRecorder({ format: "wav" });
    call.sendMediaTo(both);
    other.sendMediaTo(both);
    setTimeout(() => other.startPlayback("hold.wav"), 4000);
  });
  for (const one of [call, other]) {
    one.addEventListener(CallEvents.RecordStopped, (e) => Logger.write(e.name + " " + e.url));
    one.addEventListener(CallEvents.Disconnected, () => {
      Logger.write("over");
      (one === call ? other : call).hangup();
    });
  }
});
```
clip hold.wav 1 s of 700 Hz
phones alice bob
users bob
alice speaks PCMU
bob speaks PCMU
bob answers after 0.5
at 0 alice says 440 Hz
at 0 bob says 1000 Hz
at 1 alice calls bob
at 4 expect alice hears 1000 Hz at -15 dB
at 4 expect never alice hears 440 Hz
at 5 alice falls silent
at 9 bob hangs up
expect recording 1 left holds 440 Hz from 0.2 to 3.2
expect recording 1 right holds 1000 Hz from 0.2 to 7
expect never recording 1 left holds 1000 Hz
expect never recording 1 right holds 440 Hz
expect never recording 1 left holds 440 Hz from 3.8 to 7
expect recording 2 left holds 1000 Hz from 0.2 to 7
expect recording 2 right holds 440 Hz from 0.2 to 3.2
expect recording 2 right holds 700 Hz from 4.2 to 4.9
expect never recording 2 right holds 1000 Hz
expect never recording 2 left holds 440 Hz
expect recording 2 is stereo wav at 48000 Hz
expect recording 3 holds 440 Hz from 0.2 to 3.2
expect recording 3 holds 1000 Hz from 0.2 to 3.2
