# callConference: the first call to a name opens a session by the rules, the later ones are calls of that session.
scenario gate
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination, callerid, displayName }) => {
  const room = VoxEngine.callConference("room-" + destination, callerid, displayName, { "X-From": callerid });
  VoxEngine.easyProcess(call, room);
});
```
scenario room
```
const conference = VoxEngine.createConference();
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination, callerid, headers }) => {
  Logger.write(`${headers["X-From"]} comes to ${destination}, ${call.clientType()} ${call.callerid()}`);
  call.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(call, conference));
  call.addEventListener(CallEvents.Disconnected, () => Logger.write(`${callerid} has left`));
  call.ring();
  setTimeout(() => call.answer(), 1000);
});
```
rule \d\d\d runs gate
rule room-.* runs room
phones alice bob carol dave
at 0 alice calls 100
at 2 bob calls 100
at 4 carol calls 200
at 5 dave calls 100
at 8 expect alice hears bob, dave
at 8 expect bob hears alice, dave
at 8 expect carol hears nobody
at 9 bob hangs up
at 11 expect alice hears dave
at 12 alice hangs up
at 12 carol hangs up
at 12 dave hangs up
expect log "alice comes to room-100, conference alice"
expect log "bob has left"
