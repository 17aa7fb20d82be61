# The script says nothing: NOTIFY 408 when the deadline is over, and the old call goes on.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      Logger.write(`transfer to ${event.transferTo} within ${event.deadlineMs} ms`);
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to carol
at 122 expect bob has its REFER answered: 202
at 122 expect bob is told 100
at 124 expect bob is told 100, 408
at 124 expect alice talks to bob
at 130 alice hangs up
at 131 bob hangs up
expect log "within 120000 ms"
expect log "no verdict on the transfer within 120 s"
