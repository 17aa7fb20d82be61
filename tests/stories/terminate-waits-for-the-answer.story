# terminate() right after the verdict: the BYE to the transferor waits, the others go at once.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      callee.notifyBlindTransferFailed(486, 'Busy');
      VoxEngine.terminate();
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
lose the 2nd 200 to NOTIFY
at 0 alice calls bob
at 3 bob refers to carol
at 3.2 expect alice has no call
at 3.4 expect bob has 1 call
at 5 expect bob has no call
expect bob is told 100, 486
