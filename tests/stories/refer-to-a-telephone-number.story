# transferTo of a tel: URI is the number.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      Logger.write(`to ${event.transferTo}, raw ${event.headers['Refer-To']}, by ${event.headers['Referred-By']}`);
      callee.notifyBlindTransferFailed(404, 'no');
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to "<tel:+4930123456>"
at 5 alice hangs up
at 6 bob hangs up
expect bob is told 100, 404
expect log "to +4930123456, raw <tel:+4930123456>, by <sip:bob@127.0.0.1>"
