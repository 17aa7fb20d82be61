# A phone comes to a conference by another session, which hears its keys and sends them on: the conference hears them, in
# order and each once, whichever way they were pressed.
scenario gate
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid, displayName }) => {
  const room = VoxEngine.callConference("room-7", callerid, displayName);
  call.handleTones(true);
  call.addEventListener(CallEvents.ToneReceived, ({ tone }) => room.sendInfo("application/dtmf-relay", "Signal=" + tone));
  VoxEngine.easyProcess(call, room);
});
```
scenario room
```
const conference = VoxEngine.createConference();
let keys = "";
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.handleTones(true);
  call.addEventListener(CallEvents.ToneReceived, ({ tone, type }) => Logger.write((keys += tone) + " by " + type));
  call.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(call, conference));
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
conference room-7 runs room
rule .* runs gate
phones alice
alice speaks PCMU
at 0 alice calls gate
at 1 alice says silence
at 2 alice presses 12#
at 4 alice says keys 9*
at 7 alice hangs up
expect log "12#9* by 3"
expect never log "12#9*9"
