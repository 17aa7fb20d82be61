# T18: the transferor puts the caller on hold before it refers; after the success nobody is on hold.
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
at 3 bob holds
at 4 bob refers to carol
at 7 expect alice talks to carol
at 20 alice hangs up
at 21 carol hangs up
expect bob is told 100, 200
