# What is kept of a socket: figures and a trace, their links before it is open, nothing of what is private, and what a full disk costs.
scenario kept
```
const told = (name) => (e) => Logger.write(name + " created: statistics " + (e.statisticsUrl !== undefined) + ", trace " + (e.traceUrl !== undefined));
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const agent = VoxEngine.createWebSocket("wss://agent.example/talk?key=secret", {
    headers: [{ name: "Authorization", value: "Bearer sesame" }, { name: "X-Room", value: "blue" }],
    statistics: true,
    trace: true,
  });
  agent.oncreated = told("agent");
  agent.onopen = () => {
    Logger.write("open");
    agent.send("hello");
    call.sendMediaTo(agent, { tag: "caller" });
    agent.sendMediaTo(call);
  };
  const secret = VoxEngine.createWebSocket("wss://secret.example", { headers: { "X-Card": "4711" }, statistics: true, trace: true, privacy: true });
  secret.oncreated = told("secret");
  secret.onopen = () => secret.send("the card is 4711");
  const figures = VoxEngine.createWebSocket("wss://figures.example", { statistics: true });
  figures.oncreated = told("figures");
  const plain = VoxEngine.createWebSocket("wss://plain.example", {});
  plain.oncreated = told("plain");
  const refused = VoxEngine.createWebSocket("wss://refused.example", { trace: 1 });
  refused.oncreated = told("refused");
  setTimeout(() => {
    const late = VoxEngine.createWebSocket("wss://late.example", { trace: true });
    late.oncreated = told("late");
    late.onopen = () => late.send("a socket goes on without a disk");
  }, 9000);
  agent.onclose = () => Logger.write("closed");
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
socket agent at wss://agent.example/talk
socket secret at wss://secret.example
socket figures at wss://figures.example
socket plain at wss://plain.example
socket refused at wss://refused.example refuses 403
socket late at wss://late.example
phones alice
at 0 alice calls 1
at 1 alice says 440 Hz for 2
at 3.5 expect socket agent has figures with sent.text.messages 1
at 3.5 expect socket agent has figures with state open
at 4 socket agent says '{"type": "hi"}'
at 5 socket agent plays 1 s of 620 Hz
at 5.5 expect alice hears 620 Hz
at 6.5 socket secret says "yes, 4711"
at 7 socket agent closes 4000 enough
at 8 the disk is full
at 9.5 socket figures says "nobody counts this"
at 10 alice hangs up
expect log "agent created: statistics true, trace true"
expect log "secret created: statistics true, trace true"
expect log "figures created: statistics true, trace false"
expect log "plain created: statistics false, trace false"
expect log "refused created: statistics false, trace true"
expect log "late created: statistics false, trace true"
expect socket agent has a trace with "-- connects to wss://agent.example/talk?…"
expect socket agent has a trace with "-- header Authorization: …"
expect socket agent has a trace with "-- header X-Room: blue"
expect never socket agent has a trace with sesame
expect never socket agent has a trace with secret
expect socket agent has a trace with ">> hello"
expect socket agent has a trace with '>> {"event":"start"'
expect socket agent has a trace with '>> media "caller":'
expect socket agent has a trace with '<< {"type": "hi"}'
expect socket agent has a trace with "1000 ms of sound"
expect socket agent has a trace with "<< close 4000 enough"
expect socket agent has a trace with "-- closed: 4000 enough"
expect socket agent has figures with received.text.messages 1
expect socket agent has figures with received.text.bytes 14
expect socket agent has figures with received.media.messages 50
expect socket agent has figures with received.media.ms 1000
expect socket agent has figures with received.streams.messages 2
expect socket agent has figures with state closed
expect socket agent has figures with code 4000
expect socket agent has figures with wasClean true
expect socket secret has a trace with ">> (16 bytes, left out: privacy)"
expect socket secret has a trace with "<< (9 bytes, left out: privacy)"
expect never socket secret has a trace with 4711
expect socket secret has figures with received.text.messages 1
expect never socket figures has a trace with open
expect socket figures has figures with received.text.messages 0
expect socket refused has a trace with "-- error: wss://refused.example/: the server answered 403"
expect socket refused has a trace with "-- closed: 1006"
expect never socket late has a trace with late
expect socket late has got "a socket goes on without a disk"
expect log "no more is kept of it: the disk is full"
