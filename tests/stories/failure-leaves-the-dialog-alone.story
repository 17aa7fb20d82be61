# T7: a terminated NOTIFY ends the subscription and not the call; the next transfer of the same call succeeds.
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
carol rejects with 486 after 0.2
at 0 alice calls bob
at 3 bob refers to carol
at 6 expect alice talks to bob
at 7 bob holds
at 8 bob resumes
at 9 carol answers after 1
at 10 bob refers to carol
at 13 expect alice talks to carol
at 20 alice hangs up
at 21 carol hangs up
expect bob is told 100, 486, 100, 200
expect 2 messages "id="
