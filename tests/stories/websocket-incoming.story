# Servers connect to a running session: not before its script allows it, no more than there may be, heard and hearing as those that it calls.
scenario incoming
```
VoxEngine.addEventListener(AppEvents.Started, (e) => Logger.write(Object.keys(e).join()));
VoxEngine.addEventListener(AppEvents.NewWebSocketFailed, ({ path, reason }) => Logger.write("failed " + path + ": " + reason));
const deaf = () => Logger.write("never");
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const hear = ({ websocket, method, path, content, headers }) => {
    Logger.write([method, path, content, headers[0].key, headers[0].value, websocket.readyState, websocket.url].join(" "));
    websocket.onopen = deaf;
    websocket.onmessage = ({ text }) => {
      Logger.write(path + " says " + text);
      websocket.send("you said " + text);
    };
    websocket.onclose = ({ code }) => Logger.write(path + " closed " + code + " " + websocket.readyState);
    websocket.sendMediaTo(call);
    call.sendMediaTo(websocket, { tag: "caller" });
  };
  setTimeout(() => VoxEngine.allowWebSocketConnections(), 1000);
  setTimeout(() => VoxEngine.addEventListener(AppEvents.WebSocket, hear), 3000);
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
setting limits.sockets 1
socket agent at wss://agent.example/never
socket other at wss://other.example/never
phones alice
at 0 alice calls 1
at 0.5 socket agent connects to the session at /early
at 2 socket agent connects to the session at /deaf
at 4 socket agent connects to the session at /agent?room=blue
at 4.1 socket agent says hello
at 4.5 socket other connects to the session at /other
at 5 alice says 440 Hz for 2
at 5 socket agent plays 2 s of 620 Hz
at 6 expect alice hears 620 Hz
at 6.5 expect socket agent hears 440 Hz
at 8 socket agent closes 4000
at 9 socket other connects to the session at /again
at 10 alice hangs up
at 12 socket other connects to the session at /late
expect log "/agent?room=blue says hello"
expect socket agent has got "you said hello"
expect log "/agent?room=blue closed 4000 closed"
expect never log never
