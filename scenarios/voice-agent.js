// A voice agent answers: the caller and a server talk by a WebSocket, in VoxEngine's format. The agent says what it
// wants by texts: {"type": "clear"} when the caller interrupts it, {"type": "transfer", "to": "alice"} to hand the
// caller on, {"type": "hangup"} when it is done. Keys come to it as {"type": "key", "key": "5"}.

const AGENT = "wss://agent.example/calls";
/// Who takes over where the agent cannot be reached or breaks down.
const FALLBACK = "alice";

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid, destination }) => {
  const agent = VoxEngine.createWebSocket(AGENT);
  let isDone = false;

  const leave = () => {
    isDone = true;
    agent.close();
  };

  const handOver = (to) => {
    leave();
    const callee = VoxEngine.callUser({ username: to, callerid });
    callee.addEventListener(CallEvents.Connected, () => {
      call.answer();
      VoxEngine.sendMediaBetween(call, callee);
    });
    callee.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    callee.addEventListener(CallEvents.Failed, VoxEngine.terminate);
    if (call.state() === "CONNECTED") call.playProgressTone("US");
    else call.ring();
  };

  agent.onopen = () => {
    call.answer();
    agent.send(JSON.stringify({ type: "call", from: callerid, to: destination }));
  };

  agent.onmessage = ({ text }) => {
    if (isDone) return;
    const message = JSON.parse(text);
    if (message.type === "clear") agent.clearMediaBuffer();
    if (message.type === "transfer") handOver(message.to);
    if (message.type === "hangup") call.hangup();
  };

  agent.onerror = ({ reason }) => Logger.write("the agent: " + reason);
  agent.onclose = () => {
    if (!isDone) handOver(FALLBACK);
  };

  call.addEventListener(CallEvents.Connected, () => {
    if (isDone) return;
    const parameters = { tag: "caller", encoding: WebSocketAudioEncoding.PCM16_16KHZ, customParameters: { from: callerid } };
    call.sendMediaTo(agent, parameters);
    agent.sendMediaTo(call);
    call.handleTones(true);
  });
  call.addEventListener(CallEvents.ToneReceived, ({ tone }) => {
    if (!isDone) agent.send(JSON.stringify({ type: "key", key: tone }));
  });
  call.addEventListener(CallEvents.Disconnected, () => {
    leave();
    VoxEngine.terminate();
  });
});
