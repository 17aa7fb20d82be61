# The final NOTIFY is answered late: the BYE of the grace time waits for it.
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
setting transfer.graceS 1
carol answers after 2
lose the 2nd 200 to NOTIFY
lose the 3rd 200 to NOTIFY
lose the 4th 200 to NOTIFY
at 0 alice calls bob
at 3 bob refers to carol
at 7 expect bob has 1 call
at 20 expect bob has no call
at 20 expect alice talks to carol
at 21 alice hangs up
at 22 carol hangs up
