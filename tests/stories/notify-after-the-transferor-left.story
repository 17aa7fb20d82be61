# T6: the transferor answers NOTIFYs with 481 after its BYE; the survivors do not care.
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
    callee.addEventListener(CallEvents.Disconnected, () => {});
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
bob leaves when accepted
carol rings after 0.1, answers after 2
at 0 alice calls bob
at 3 bob refers to carol
at 3.2 bob vanishes
at 6 expect alice talks to carol
at 60 expect alice talks to carol
at 61 alice hangs up
at 62 carol hangs up
