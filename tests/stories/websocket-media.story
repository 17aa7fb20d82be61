# A server plays: the start and end of each stream are told when they are heard, tags have listeners of their own, what waits can be cleared.
scenario media
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const bob = VoxEngine.callUser("bob", "x");
  const socket = VoxEngine.createWebSocket("wss://agent.example");
  const told = (name) => ({ tag, encoding, customParameters, mediaInfo }) =>
    Logger.write([name, tag, encoding, JSON.stringify(customParameters), mediaInfo?.duration].join(" "));
  socket.onmediastarted = told("started");
  socket.onmediaended = told("ended");
  socket.onmessage = ({ text }) => {
    if (text === "clear") socket.clearMediaBuffer();
    if (text === "clear bob") socket.clearMediaBuffer({ tag: "bob" });
    if (text === "stop") socket.stopMediaTo(call);
    if (text === "start") socket.sendMediaTo(call);
  };
  socket.sendMediaTo(call);
  bob.addEventListener(CallEvents.Connected, () => socket.sendMediaTo(bob, { tag: "bob" }));
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
socket agent at wss://agent.example
phones alice bob
users bob
bob answers after 0.1
at 0 alice calls 1
at 1 socket agent plays 2 s of 440 Hz
at 2 expect alice hears 440 Hz
at 2 expect never bob hears 440 Hz
at 3.2 expect never alice hears 440 Hz
at 4 socket agent plays 5 s of 700 Hz tagged bob as OPUS
at 4 socket agent plays 5 s of 1000 Hz as PCM16
at 5 expect bob hears 700 Hz
at 5 expect alice hears 1000 Hz
at 5 expect never alice hears 700 Hz
at 6 socket agent says "clear bob"
at 6.5 expect never bob hears 700 Hz
at 6.5 expect alice hears 1000 Hz
at 7 socket agent says clear
at 7.2 expect never alice hears 1000 Hz
at 8 socket agent plays 30 s of 500 Hz as ULAW
at 9 expect alice hears 500 Hz
at 9 socket agent says stop
at 9.2 expect never alice hears 500 Hz
at 9.5 socket agent says start
at 10 expect alice hears 500 Hz
at 17.9 expect alice hears 500 Hz
at 19 expect never alice hears 500 Hz
at 20 alice hangs up
expect log "more than 10 s of sound wait to be played"
