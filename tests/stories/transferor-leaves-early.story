# The transferor hangs up as soon as its REFER is accepted: the verdict still comes in that dialog, the others live on.
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
    callee.addEventListener(CallEvents.Disconnected, () => Logger.write('the transferor is gone'));
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
bob leaves when accepted after 0.28
carol rings after 0.1, answers after 2
at 0 alice calls bob
at 3 bob refers to carol
at 4 expect bob has no call
at 4 expect alice has 1 call
at 6 expect alice talks to carol
at 40 expect alice talks to carol
at 41 carol hangs up
expect bob is told 100, 180, 200
