# With a Disconnected listener on the transferee the script decides: the target is kept and joined with nobody.
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

      caller.addEventListener(CallEvents.Disconnected, () => Logger.write('the caller is gone'));
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
carol rings after 0.1, answers after 4
at 0 alice calls bob
at 3 bob refers to carol
at 5 alice hangs up
at 6 expect carol has 1 call
at 8 carol hangs up
at 9 bob hangs up
expect bob is told 100, 180, 200
expect log "the caller is gone"
