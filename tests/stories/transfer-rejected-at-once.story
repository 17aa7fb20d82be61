# rejectBlindTransfer in the turn that hears of it: the REFER itself is refused, and there is no NOTIFY. The next REFER is heard again.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      if (event.transferTo === 'carol') return callee.rejectBlindTransfer(403, 'Not allowed');
      callee.notifyBlindTransferFailed(486, 'Busy');
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to carol
at 4 bob refers to dave
at 10 expect alice talks to bob
at 20 alice hangs up
at 21 bob hangs up
expect bob has its REFER answered: 403
expect bob is told 100, 486
expect 1 message "403 Not allowed (REFER)"
expect 1 refusal by session
