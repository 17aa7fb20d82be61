# Who speaks is told where a script asks for it, and not longer than it does.
scenario mic
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.MicStatusChange, ({ active }) => Logger.write(active ? "speaks" : "is silent"));
  call.addEventListener(CallEvents.Connected, () => {
    call.handleMicStatus(true);
    setTimeout(() => call.handleMicStatus(false), 8000);
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phone alice of alice
at 1 alice calls 100
at 3 alice says speech for 1
at 6 alice says speech for 1.5
at 12 alice says speech for 1
at 15 alice hangs up
at 2.9 expect never log speaks
at 3.4 expect log speaks
at 5 expect log "is silent"
