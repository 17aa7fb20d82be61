# Of four who talk the two loudest are heard; somebody who is a little louder does not cut them off, and who falls silent
# makes way. What is played is heard by all.
scenario conference
```
const conference = VoxEngine.createConference();
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(call, conference));
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
setTimeout(() => VoxEngine.createToneScriptPlayer("2000@-20;1(*/0/1)").sendMediaTo(conference), 12000);
```
conference room runs conference
setting limits.conferenceTalkers 2
phones alice bob carol dave
alice speaks PCMU
bob speaks PCMU
carol speaks PCMU
dave speaks PCMU
at 0 alice says 400 Hz at -20 dB
at 0 bob says 600 Hz at -22 dB
at 0 carol says 800 Hz at -34 dB
at 0 dave says 1000 Hz at -40 dB
at 0 alice calls room
at 0.1 bob calls room
at 0.2 carol calls room
at 0.3 dave calls room
at 3 expect dave hears 400 Hz at -20 dB
at 3 expect dave hears 600 Hz at -22 dB
at 3 expect never dave hears 800 Hz
at 3 expect carol hears 400 Hz
at 3 expect never alice hears 400 Hz
at 3 expect never alice hears 1000 Hz
at 4 carol says 800 Hz at -18 dB          # louder than bob, and not by much
at 6 expect dave hears 600 Hz at -22 dB
at 6 expect never dave hears 800 Hz
at 7 alice falls silent
at 9 expect dave hears 800 Hz at -18 dB
at 9 expect dave hears 600 Hz at -22 dB
at 9 expect alice hears 800 Hz
at 9 expect never dave hears 400 Hz
at 12.8 expect dave hears 2000 Hz
at 12.8 expect alice hears 2000 Hz
at 12.8 expect dave hears 600 Hz at -22 dB
at 16 alice hangs up
