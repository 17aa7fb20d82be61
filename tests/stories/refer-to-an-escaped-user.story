# transferTo is percent-decoded once.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      Logger.write(`to ${event.transferTo}`);
      callee.notifyBlindTransferFailed(404, 'no');
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to "<sip:c%61rol%2525@127.0.0.1>"
at 5 alice hangs up
at 6 bob hangs up
expect log "to carol%25"
