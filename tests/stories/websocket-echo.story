# A call talks to a server by a WebSocket and back: what it says comes back, at its level, in every encoding.
scenario echo
```
const ENCODINGS = Object.keys(WebSocketAudioEncoding).sort();
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const socket = VoxEngine.createWebSocket("wss://agent.example/echo?key=secret");
  let next = 0;
  const speak = () => {
    const name = ENCODINGS[next++];
    Logger.write("encoding " + name);
    call.sendMediaTo(socket, { encoding: WebSocketAudioEncoding[name] });
  };
  socket.addEventListener(WebSocketEvents.OPEN, () => {
    socket.sendMediaTo(call);
    speak();
    const timer = setInterval(() => (next < ENCODINGS.length ? speak() : clearInterval(timer)), 2000);
  });
  socket.addEventListener(WebSocketEvents.CLOSE, ({ code, wasClean }) => Logger.write("closed " + code + " " + wasClean));
  call.addEventListener(CallEvents.Disconnected, () => socket.close());
  call.addEventListener(CallEvents.Connected, () => Logger.write("connected"));
  call.answer();
});
```
socket agent at wss://agent.example/echo echoes
phones alice
alice speaks PCMU
at 0 alice says 440 Hz
at 0 alice calls 1
at 0.05 expect never alice hears 440 Hz
at 1.5 expect socket agent hears 440 Hz at -15 dB
at 1.5 expect alice hears 440 Hz at -15 dB
at 3.5 expect alice hears 440 Hz at -15 dB
at 4 alice says 1000 Hz at -20 dB
at 5.5 expect alice hears 1000 Hz at -20 dB
at 7.5 expect alice hears 1000 Hz at -20 dB
at 9.5 expect alice hears 1000 Hz at -20 dB
at 9.6 alice says speech
at 12 expect alice hears alice's speech within 0.11
at 12 alice says silence
at 13 expect never alice hears 1000 Hz
at 13 expect never socket agent hears 1000 Hz
at 14 alice hangs up
expect socket agent has got "OPUS"
expect log "closed 1000 true"
