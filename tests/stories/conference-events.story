# Every event of a conference: endpoints come, change, choose whom they hear, and leave; one too many is refused.
scenario conference
```
let first;
let late = 0;
VoxEngine.addEventListener(AppEvents.Started, () => {
  const conference = (globalThis.conference = VoxEngine.createConference({ hd_audio: true }));
  for (const [name, event] of Object.entries(ConferenceEvents))
    conference.addEventListener(event, (e) => {
      const of = e.endpoint === undefined ? "" : ` ${e.endpoint.getCall().callerid()} ${e.mode} ${e.direction}`;
      Logger.write(`${name}${of}${e.error === undefined ? "" : ` ${e.code} ${e.error}`}, ${e.conference.getList().length} there`);
    });
});
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, scheme }) => {
  call.addEventListener(CallEvents.Disconnected, () => (globalThis.gone = call));
  call.addEventListener(CallEvents.Connected, () => {
    const endpoint = conference.add({ call, mode: "FORWARD", direction: "BOTH", scheme });
    if (conference.get(endpoint.id()) !== endpoint || conference.getId() !== conference.id()) throw new Error("wrong");
    first ??= endpoint;
  });
  call.answer();
});
// bob is heard, and hears nobody; then alice does not want to hear him.
setTimeout(() => conference.add({ call: conference.getList()[1].getCall(), direction: ConferenceDirection.SEND }), 8000);
setTimeout(() => first.setDisplayName("Alice"), 9000);
setTimeout(async () => {
  await first.manageEndpoint({ [conference.getList()[1].id()]: { audio: [] } });
  Logger.write("managed");
}, 10000);
setTimeout(() => conference.add({ call: first.getCall(), direction: "BOTH", receiveParameters: { all: { audio: ["default"] } } }), 12000);
// A call that is over is none, and more than three are too many.
setTimeout(() => conference.add({ call: gone }), 14000);
setTimeout(() => {
  for (const username of ["dave", "erin"]) {
    const call = VoxEngine.callUser({ username, callerid: "room" });
    call.addEventListener(CallEvents.Connected, () => conference.add({ call }));
  }
}, 15000);
setTimeout(() => conference.stop(), 20000);
setTimeout(() => conference.add({ call: first.getCall() }), 21000);
setTimeout(VoxEngine.terminate, 22000);
```
conference room runs conference
setting limits.conferenceEndpoints 3
phones alice bob carol dave erin
users dave erin
dave answers after 1
erin answers after 2
at 0 alice calls room
at 2 bob calls room
at 4 carol calls room
at 6 dave calls room                       # the session has its three calls
at 7 expect dave has no call
at 7 expect alice hears bob, carol
at 8.5 expect bob hears nobody
at 8.5 expect alice hears bob, carol
at 13 carol hangs up
at 14 expect alice hears bob
at 18 expect alice hears bob, dave
at 18 expect erin hears nobody
at 20.5 expect alice hears nobody
expect log "Started, 0 there"
expect log "EndpointAdded alice FORWARD BOTH, 1 there"
expect log "EndpointUpdated bob MIX SEND, 3 there"
expect log "managed"
expect log "EndpointRemoved carol FORWARD BOTH, 2 there"
expect log "Stopped, 0 there"
expect log "ConferenceError 103 call-in2 is over, 2 there"
expect log "ConferenceError 101 a conference may have 3 endpoints, 3 there"
