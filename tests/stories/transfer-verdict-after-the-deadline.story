# A verdict after the deadline comes too late: ignored, with a warning.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      setTimeout(() => callee.notifyBlindTransferSuccess(), 10000);
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
setting transfer.deadlineS 5
at 0 alice calls bob
at 3 bob refers to carol
at 20 expect alice talks to bob
at 21 alice hangs up
at 22 bob hangs up
expect bob is told 100, 408
expect log "has no transfer that waits for a verdict"
