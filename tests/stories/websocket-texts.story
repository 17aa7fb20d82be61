# Texts both ways, whichever form a script uses; what cannot be reached, what refuses, breaks or closes; one more socket than there may be.
scenario texts
```
const show = (name) => (e) => Logger.write(name + " " + (e.text ?? e.reason ?? "") + (e.code === undefined ? "" : " " + e.code + " " + e.wasClean));
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const agent = new WebSocket("wss://agent.example/talk", ["chat", "text"]);
  Logger.write(agent.url + " is " + agent.readyState);
  agent.oncreated = show("created");
  agent.onopen = (e) => {
    Logger.write("open " + (e.websocket === agent) + " " + agent.readyState);
    agent.send("hello");
  };
  agent.onmessage = show("never");
  agent.onmessage = (e) => {
    Logger.write("message " + e.text);
    if (e.text === "bye") agent.close();
    Logger.write(agent.readyState);
  };
  agent.onerror = show("error");
  agent.onclose = (e) => {
    show("close")(e);
    Logger.write(agent.readyState);
    agent.send("too late");
    agent.close();
    call.hangup();
  };
  for (const path of ["refuses", "fails", "breaks", "closes"]) {
    const other = VoxEngine.createWebSocket("ws://" + path + ".example", { headers: [{ name: "X-Key", value: "1" }] });
    for (const [name, event] of Object.entries(WebSocketEvents)) other.addEventListener(event, show(path + " " + name));
    other.send("too early");
  }
  const tooMany = VoxEngine.createWebSocket("ws://closes.example");
  for (const [name, event] of Object.entries(WebSocketEvents)) tooMany.addEventListener(event, show("tooMany " + name));
  for (const url of ["http://x.example", "wss://", undefined]) {
    try {
      VoxEngine.createWebSocket(url);
    } catch (error) {
      Logger.write(error.name + ": " + error.message);
    }
  }
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
setting limits.sockets 5
socket agent at wss://agent.example/talk
socket refuses at ws://refuses.example refuses 403
socket fails at ws://fails.example fails
socket breaks at ws://breaks.example
socket closes at ws://closes.example
phones alice
at 0 alice calls 1
at 1 socket breaks breaks
at 2 socket closes closes 4001 "had enough"
at 3 socket agent says '{"type": "event"}'
at 4 socket agent says bye
expect socket agent has got hello
expect never socket closes has got "too early"
expect log "open true open"
expect log "message bye"
expect log "close  1000 true"
