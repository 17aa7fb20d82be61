# T11: a Refer-To without a user: transferTo is empty, and the call to it fails like any other.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      Logger.write(`to "${event.transferTo}"`);
      const target = VoxEngine.callUser({ username: event.transferTo });
      target.addEventListener(CallEvents.Failed, ({ code, reason }) => callee.notifyBlindTransferFailed(code, reason));
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to "<sip:127.0.0.1>"
at 10 expect alice talks to bob
at 20 alice hangs up
at 21 bob hangs up
expect log 'to ""'
expect bob is told the verdict: 404
