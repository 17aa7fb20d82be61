# What does not come in to a conference fails: no rule takes its name, its session is full, its script refuses or
# does nothing, its caller gives up, its session ends.
scenario gate
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination, callerid }) => {
  const room = VoxEngine.callConference(destination.slice(3), callerid);
  room.addEventListener(CallEvents.Failed, ({ code, reason }) => Logger.write(`${callerid} fails: ${code} ${reason}`));
  VoxEngine.easyProcess(call, room);
});
```
scenario room
```
const conference = VoxEngine.createConference();
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
  call.addEventListener(CallEvents.Disconnected, ({ internalCode, reason }) => Logger.write(`${callerid} is gone: ${internalCode} ${reason}`));
  if (callerid === "carol") return call.reject(603);
  if (callerid === "erin") return;
  call.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(call, conference));
  call.answer();
});
setTimeout(VoxEngine.terminate, 60000);
```
rule to-.* runs gate
rule room runs room
setting limits.conferenceEndpoints 2
setting limits.unansweredS 20
phones alice bob carol dave erin
at 0 alice calls to-nowhere
at 1 expect alice has no call
at 2 bob calls to-room
at 3 carol calls to-room
at 4 expect carol has no call
at 5 erin calls to-room                    # nobody answers her
at 6 dave calls to-room                    # bob and erin are two
at 7 expect dave has no call
at 26 expect erin has no call
at 27 expect bob has 1 call
at 28 erin gives up after 5
at 30 erin calls to-room
at 36 expect erin has no call
at 63 expect bob has no call               # the room is closed
expect log "alice fails: 404 Not Found"
expect log "carol fails: 603 Decline"
expect log "erin fails: 480 Temporarily Unavailable"
expect log "dave fails: 486 Busy Here"
expect log "erin is gone: 487 Request Terminated"
