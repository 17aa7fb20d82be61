# The end of a session waits for what is under way, drops what waits behind it, and one report goes out last.
scenario last
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.answer();
  call.addEventListener(CallEvents.Disconnected, () => {
    for (let i = 1; i <= 4; i++)
      Net.httpRequest("https://log.example/" + i, ({ code }) => Logger.write("answer " + i + ": " + code), { method: "POST", postData: "x" });
    VoxEngine.terminate();
  });
});
VoxEngine.addEventListener(AppEvents.Terminating, () => {
  Logger.write("terminating");
  Net.httpRequest("https://log.example/report", () => Logger.write("nobody hears this"), { method: "POST", postData: "the report" });
});
VoxEngine.addEventListener(AppEvents.Terminated, () => Logger.write("terminated"));
```
phones alice
http POST https://log.example/* answers 204 after 3
http POST https://log.example/3 is silent
at 0 alice calls anybody
at 1 alice hangs up
at 5 expect log "answer 1: 204"
at 5 expect never log "terminating"
at 92 expect log "answer 3: -7"
expect never asked "log.example/4"
expect asked "POST https://log.example/report the report"
expect never log "nobody hears this"
expect log "terminated"
