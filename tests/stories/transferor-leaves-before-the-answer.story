# The transferor hangs up while its REFER still waits for the script: it is accepted all the same, and the verdict follows.
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
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
think 0.2
carol answers after 1
at 0 alice calls bob
at 5 bob refers to carol
at 5.05 bob hangs up
at 9 expect alice talks to carol
at 20 alice hangs up
at 21 carol hangs up
expect bob is told 100, 200
