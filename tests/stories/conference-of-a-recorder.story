# A recorder takes all that is said in a conference, also by who comes in through another session; somebody who leaves is
# in it no more.
scenario gate
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
  VoxEngine.easyProcess(call, VoxEngine.callConference("room", callerid));
});
```
scenario room
```
const conference = VoxEngine.createConference();
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(call, conference));
  call.answer();
});
setTimeout(() => {
  const recorder = VoxEngine.createRecorder({ lossless: true, name: "room" });
  recorder.setConference(conference);
  try {
    recorder.setConference(recorder);
  } catch (e) {
    Logger.write(e.message);
  }
}, 2000);
setTimeout(VoxEngine.terminate, 10000);
```
rule gate runs gate
conference room runs room
phones alice bob
alice speaks PCMU
bob speaks PCMU
at 0 alice says 400 Hz at -20 dB
at 0 bob says 600 Hz at -20 dB
at 0 alice calls room
at 0.5 bob calls gate
at 6 bob hangs up
expect log "Recorder.setConference: this is no conference"
expect recording 1 is mono flac at 48000 Hz
expect recording 1 holds 400 Hz from 1 to 7
expect recording 1 holds 600 Hz from 1 to 3
expect never recording 1 holds 600 Hz from 5 to 7
