# A second REFER while the first is open: 491; the first goes on.
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
carol rings after 0.1, answers after 5
at 0 alice calls bob
at 3 bob refers to carol
at 5 bob refers to alice
at 9 expect alice talks to carol
at 20 alice hangs up
at 21 carol hangs up
expect bob has its REFER answered: 202
expect bob has its REFER answered: 491
expect bob is told 100, 180, 200
