# What a conference mixes goes to a recorder as to anybody else, and the record of a call in it has the rest of the
# conference on its right.
scenario recorded
```
const room = VoxEngine.createConference({ hd_audio: true });
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const recorder = VoxEngine.createRecorder({ hd_audio: true, name: "room" });
  recorder.addEventListener(RecorderEvents.Stopped, ({ duration }) => Logger.write("stopped after " + duration));
  room.sendMediaTo(recorder);
  call.addEventListener(CallEvents.Connected, () => {
    VoxEngine.sendMediaBetween(call, room);
    call.record({ stereo: true });
    for (const name of ["bob", "carol"]) {
      const other = VoxEngine.callUser(name);
      other.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(other, room));
    }
  });
  call.addEventListener(CallEvents.Disconnected, () => {
    recorder.stop();
    setTimeout(VoxEngine.terminate, 100);
  });
  call.answer();
});
```
phones alice bob carol
users bob carol
bob answers after 0.1
carol answers after 0.1
at 0 alice says 440 Hz
at 0 bob says 1000 Hz
at 0 carol says 1500 Hz
at 1 alice calls room
at 4 expect alice hears 1000 Hz
at 4 expect alice hears 1500 Hz
at 4 expect never alice hears 440 Hz
at 6 alice hangs up
expect recording 1 holds 440 Hz from 1 to 4.8
expect recording 1 holds 1000 Hz from 1 to 4.8
expect recording 1 holds 1500 Hz from 1 to 4.8
expect recording 1 is mono mp3 at 48000 Hz
expect recording 2 left holds 440 Hz from 1 to 4.8
expect never recording 2 left holds 1000 Hz from 1 to 4.8
expect recording 2 right holds 1000 Hz from 1 to 4.8
expect recording 2 right holds 1500 Hz from 1 to 4.8
expect never recording 2 right holds 440 Hz from 1 to 4.8
expect log "stopped after 5"
