# An async listener that rejects later ends the session as a fault: 500.
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
      return new Promise((_, reject) => setTimeout(() => reject(new Error('changed my mind')), 1000));
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1
at 0 alice calls bob
at 3 bob refers to carol
at 6 expect alice has no call
at 6 expect carol has no call
expect bob is told 100, 180, 500
expect carol has lost its call: cancelled
expect log "changed my mind"
