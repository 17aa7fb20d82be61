# rejectBlindTransfer in a later turn: the REFER is accepted by then, so it is the verdict.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      setTimeout(() => callee.rejectBlindTransfer(403, 'Not allowed'), 1000);
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to carol
at 10 expect alice talks to bob
at 20 alice hangs up
at 21 bob hangs up
expect bob has its REFER answered: 202
expect bob is told 100, 403
