# Ten REFERs that fail are heard; the eleventh gets 486.
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
carol rejects with 486 after 0.1
at 0 alice calls bob
at 3 bob refers to carol
at 5 bob refers to carol
at 7 bob refers to carol
at 9 bob refers to carol
at 11 bob refers to carol
at 13 bob refers to carol
at 15 bob refers to carol
at 17 bob refers to carol
at 19 bob refers to carol
at 21 bob refers to carol
at 23 bob refers to carol
at 30 expect alice talks to bob
at 31 alice hangs up
at 32 bob hangs up
expect bob has its REFER answered: 486
expect bob is told 100, 486, 100, 486, 100, 486, 100, 486, 100, 486, 100, 486, 100, 486, 100, 486, 100, 486, 100, 486
expect log "more than 10 REFERs"
