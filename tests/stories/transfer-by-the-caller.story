# The caller transfers the callee.
scenario handover
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination });
  VoxEngine.easyProcess(caller, callee, () => caller.handleBlindTransfer(true));
  caller.addEventListener(CallEvents.BlindTransferRequested, ({ transferTo }) => {
    const target = VoxEngine.callUser({ username: transferTo });
    callee.removeEventListener(CallEvents.Disconnected);
    caller.removeEventListener(CallEvents.Disconnected);
    target.addEventListener(CallEvents.Connected, () => {
      caller.notifyBlindTransferSuccess();
      VoxEngine.sendMediaBetween(callee, target);
    });
    target.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    callee.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 1
alice leaves on success
at 0 alice calls bob
at 3 alice refers to carol
at 6 expect bob talks to carol
at 6 expect alice has no call
at 20 bob hangs up
at 21 expect carol has no call
expect alice is told 100, 200
