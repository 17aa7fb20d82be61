# The second verdict is ignored, with a warning that names the line.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      callee.notifyBlindTransferFailed(486, 'Busy');
      callee.notifyBlindTransferSuccess();
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to carol
at 10 expect alice talks to bob
at 11 alice hangs up
at 12 bob hangs up
expect bob is told 100, 486
expect log "desk.js:9"
