# Streams to a server: each has a start with its parameters and ends with its source, with its socket or when the script says so.
scenario streams
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const bob = VoxEngine.callUser("bob", "x");
  const socket = VoxEngine.createWebSocket("wss://agent.example");
  // Before it is open: it begins when it is.
  call.sendMediaTo(socket, { tag: "caller", encoding: WebSocketAudioEncoding.PCM16_16KHZ, customParameters: { language: "de", "n": 1 } });
  bob.addEventListener(CallEvents.Connected, () => bob.sendMediaTo(socket, { tag: "callee" }));
  socket.onmessage = ({ text }) => {
    if (text === "stop") call.stopMediaTo(socket);
    if (text === "between") VoxEngine.sendMediaBetween(call, socket);
    if (text === "player") {
      const player = VoxEngine.createToneScriptPlayer("1500@-10;*(*/0/1)");
      player.sendMediaTo(socket, { tag: "player" });
      setTimeout(() => player.stop(), 1000);
    }
  };
  for (const wrong of [{ encoding: "MP3" }, { customParameters: 1 }, { tag: "x".repeat(2000) }])
    try {
      call.sendMediaTo(socket, wrong);
    } catch (error) {
      Logger.write(error.name + ": " + error.message);
    }
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
socket agent at wss://agent.example
phones alice bob
users bob
bob answers after 0.5
at 0 alice says 440 Hz
at 0 alice calls 1
at 0.5 expect socket agent hears 440 Hz at -15 dB
at 1 socket agent says stop
at 1.5 expect never socket agent hears 440 Hz
at 1.5 bob says 700 Hz
at 2 expect socket agent hears 700 Hz
at 2 expect never alice hears 700 Hz
at 3 bob hangs up
at 4 expect never socket agent hears 700 Hz
at 4 socket agent says player
at 4.8 expect socket agent hears 1500 Hz
at 5.5 expect never socket agent hears 1500 Hz
at 6 socket agent says between
at 7 expect socket agent hears 440 Hz
at 8 socket agent closes 1001
at 9 alice hangs up
expect socket agent has got '"customParameters":{"language":"de","n":1}'
expect socket agent has got '"tag":"caller"'
expect socket agent has got '"sampleRate":16000'
expect never socket agent has got '"tag":"xx'
