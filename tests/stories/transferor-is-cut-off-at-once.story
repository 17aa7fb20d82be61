# At the success the transferor neither hears nor is heard, though it does not hang up.
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
carol answers after 2
at 0 alice calls bob
at 3 bob refers to carol
at 5.2 expect bob hears nobody
at 5.2 expect alice hears carol
at 5.2 expect bob has 1 call
at 20 alice hangs up
at 21 carol hangs up
