# VI-CallTimeout shortens the wait for an answer.
scenario patience
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, extraHeaders: { 'VI-CallTimeout': '10', 'X-Desk': '7' } });
  callee.addEventListener(CallEvents.Failed, ({ code, reason }) => {
    Logger.write(`${code} ${reason}`);
    call.reject(code);
  });
});
```
phones alice bob
users bob
bob rings after 0.1
at 0 alice calls bob
at 9 expect bob has 1 call
at 11 expect bob has no call
expect alice is refused: 408
expect log "408"
