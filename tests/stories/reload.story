# New calls run the new text, the call that is up keeps the old one.
scenario speak
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.answer();
  call.addEventListener(CallEvents.Disconnected, () => { Logger.write('first text'); VoxEngine.terminate(); });
});
```
phones alice bob
at 0 alice calls 1
at 2 scenario speak changes
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => call.reject(488));
```
at 3 bob calls 1
at 4 alice hangs up
expect bob is refused: 488
expect log "first text"
