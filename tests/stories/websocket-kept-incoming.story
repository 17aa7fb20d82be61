# Of servers that connect the same is kept, from when a script asks for it until it does so no more; CREATED comes after AppEvents.WebSocket, and only then.
scenario incoming
```
VoxEngine.addEventListener(AppEvents.WebSocket, ({ websocket, path }) => {
  websocket.oncreated = (e) => Logger.write(path + " created: statistics " + (e.statisticsUrl !== undefined) + ", trace " + (e.traceUrl !== undefined));
  websocket.onmessage = ({ text }) => websocket.send(path + " said " + text);
});
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  VoxEngine.allowWebSocketConnections();
  setTimeout(() => VoxEngine.enableStatisticsForIncomingWebsockets(), 2000);
  setTimeout(() => VoxEngine.enableTraceForIncomingWebsockets(), 4000);
  setTimeout(() => VoxEngine.disableStatisticsForIncomingWebsockets(), 6000);
  setTimeout(() => VoxEngine.disableTraceForIncomingWebsockets(), 8000);
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
socket before at wss://before.example/never
socket figures at wss://figures.example/never
socket both at wss://both.example/never
socket trace at wss://trace.example/never
socket after at wss://after.example/never
phones alice
at 0 alice calls 1
at 1 socket before connects to the session at /before
at 3 socket figures connects to the session at /figures
at 5 socket both connects to the session at /both?token=1
at 5.5 socket both says hello
at 7 socket trace connects to the session at /trace
at 9 socket after connects to the session at /after
at 10 alice hangs up
expect never log "/before created"
expect log "/figures created: statistics true, trace false"
expect log "/both?token=1 created: statistics true, trace true"
expect log "/trace created: statistics false, trace true"
expect never log "/after created"
expect socket both has a trace with "-- somebody connects to /both?…"
expect socket both has a trace with "<< hello"
expect socket both has a trace with ">> /both?token=1 said hello"
expect socket both has figures with incoming true
expect socket both has figures with target "/both?…"
expect socket both has figures with state closed
expect socket figures has figures with sent.text.messages 0
expect never socket trace has figures with incoming true
expect never socket before has figures with incoming true
expect never socket after has a trace with open
