# What a phone writes goes through a call between two sessions, and so do INFO, early media and the X-headers of an answer.
scenario gate
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
  const room = VoxEngine.callConference("room", callerid);
  room.addEventListener(CallEvents.AudioStarted, () => Logger.write("early " + room.state()));
  room.addEventListener(CallEvents.Connected, ({ headers }) => Logger.write("connected " + headers["X-Room"]));
  VoxEngine.easyProcess(call, room);
});
```
scenario room
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.MessageReceived, ({ text }) => {
    Logger.write("the room reads " + text);
    call.sendMessage("you said " + text);
  });
  call.addEventListener(CallEvents.InfoReceived, ({ mimeType, body }) => Logger.write(`the room is told ${mimeType} ${body}`));
  call.addEventListener(CallEvents.Connected, () => Logger.write("in the room " + call.state()));
  call.startEarlyMedia();
  setTimeout(() => call.answer({ "X-Room": "blue" }), 1000);
});
```
rule 1 runs gate
rule room runs room
phones alice
at 0 alice calls 1
at 3 alice sends text "hello"
at 4 alice sends info "news"
at 6 alice hangs up
expect log "early PROGRESSING"
expect log "connected blue"
expect log "the room reads hello"
expect alice receives MESSAGE: you said hello
