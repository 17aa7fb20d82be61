# The listener never comes back: its turn is cut off, NOTIFY 500.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      for (;;);
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to carol
at 6 expect alice has no call
expect bob is told 100, 500
