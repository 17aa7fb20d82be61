# Sound goes from session to session: who comes in by callConference hears the room and is heard there, and is spared
# one of them as an endpoint may be.
scenario gate
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
  VoxEngine.easyProcess(call, VoxEngine.callConference("room", callerid));
});
```
scenario room
```
const conference = VoxEngine.createConference();
const endpoints = {};
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
  call.addEventListener(CallEvents.Connected, () => (endpoints[callerid] = conference.add({ call })));
  call.answer();
});
setTimeout(() => endpoints.alice.manageEndpoint({ [endpoints.bob.id()]: { audio: [] } }), 5000);
```
rule gate runs gate
conference room runs room
phones alice bob carol
alice speaks PCMU
bob speaks G722
carol speaks PCMU
at 0 alice says 400 Hz at -20 dB
at 0 bob says 600 Hz at -20 dB
at 0 carol says 800 Hz at -20 dB
at 0 alice calls gate
at 0.5 bob calls gate
at 1 carol calls room                      # by its number: she is in the same session
at 4 expect alice hears 600 Hz at -20 dB
at 4 expect alice hears 800 Hz at -20 dB
at 4 expect never alice hears 400 Hz
at 4 expect bob hears 400 Hz at -20 dB
at 4 expect bob hears 800 Hz at -20 dB
at 4 expect carol hears 400 Hz at -20 dB
at 4 expect carol hears 600 Hz at -20 dB
at 4 expect never carol hears 800 Hz
at 8 expect never alice hears 600 Hz
at 8 expect alice hears 800 Hz at -20 dB
at 8 expect carol hears 600 Hz at -20 dB
at 9 carol hangs up
at 10 bob hangs up
at 11 alice hangs up
