# The program shuts down while a REFER still waits for the script: it gets its answer and its verdict.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      VoxEngine.callUser({ username: event.transferTo });
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
think 0.2
at 0 alice calls bob
at 5 bob refers to carol
at 5.05 switchhook shuts down
at 7 expect alice has no call
at 7 expect bob has no call
expect bob has its REFER answered: 202
expect bob is told 100, 503
