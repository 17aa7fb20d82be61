# The transferee hangs up before the verdict and no listener sees it: the target is cancelled, NOTIFY 487.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      const target = VoxEngine.callUser({ username: event.transferTo });
      target.addEventListener(CallEvents.Connected, () => {
        callee.notifyBlindTransferSuccess();
        VoxEngine.sendMediaBetween(caller, target);
      });
      target.addEventListener(CallEvents.Failed, ({ code, reason }) => callee.notifyBlindTransferFailed(code, reason));
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1
at 0 alice calls bob
at 3 bob refers to carol
at 5 alice hangs up
at 6 expect carol has no call
at 7 bob hangs up
expect bob is told 100, 180, 487
expect carol has lost its call: cancelled
