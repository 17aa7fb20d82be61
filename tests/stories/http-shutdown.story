# A shutdown does not wait for servers; the last report goes out all the same.
scenario last
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.answer();
  Net.httpRequest("https://slow.example/", () => Logger.write("too late"));
});
VoxEngine.addEventListener(AppEvents.Terminating, () => Net.httpRequest("https://log.example/report", () => {}));
```
phones alice
http https://slow.example/ answers 200 after 60
http https://log.example/* answers 200
at 0 alice calls anybody
at 1 switchhook shuts down
expect asked "GET https://log.example/report"
expect never log "too late"
