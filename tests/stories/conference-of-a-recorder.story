# A recorder takes all that is said in a conference, also by who comes in through another session; somebody who leaves is
# in it no more. Whoever asks for a picture gets a record of the sound, and is told; it can be bound to another conference.
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
  const videoParameters = { mixing: true, profile: RecorderProfile.HD, direction: RecorderDirection.ltr, layout: "grid" };
  const recorder = VoxEngine.createRecorder({ lossless: true, name: "room", video: true, videoParameters });
  for (const [name, event] of Object.entries(RecorderEvents))
    recorder.addEventListener(event, (e) => Logger.write(name + " " + (e.recorder === recorder)));
  recorder.setConference(conference);
  try {
    recorder.setConference(recorder);
  } catch (e) {
    Logger.write(e.message);
  }
  Logger.write([recorder instanceof ConferenceRecorder, recorder instanceof Recorder, VoxEngine.createRecorder() instanceof ConferenceRecorder].join(" "));
  recorder.update({ layout: "tribune" });
  recorder.setPriority([]).then(() => Logger.write("priority of " + recorder.getPriority().length));
  const other = VoxEngine.createConference();
  VoxEngine.createToneScriptPlayer("1500@-20;*(*/0/1)").sendMediaTo(other);
  setTimeout(() => recorder.setConference(other), 7000);
  setTimeout(() => recorder.stop(), 7900);
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
expect log "ConferenceRecorder.setConference: this is no conference"
expect log "createRecorder: video is ignored: a recording here has sound only"
expect log "ConferenceRecorder.update changes nothing: a recording here has sound only"
expect log "true true false"
expect log "priority of 0"
expect log "Started true"
expect log "Stopped true"
expect recording 1 is mono flac at 48000 Hz
expect recording 1 holds 400 Hz from 1 to 6.8
expect recording 1 holds 600 Hz from 1 to 3
expect never recording 1 holds 600 Hz from 5 to 6.8
expect recording 1 holds 1500 Hz from 7.2 to 7.8
expect never recording 1 holds 1500 Hz from 1 to 6.8
expect never recording 1 holds 400 Hz from 7.2 to 7.8
