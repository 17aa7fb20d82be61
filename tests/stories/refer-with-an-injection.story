# T12: a line break in the number of a Refer-To, percent-encoded: refused, and the script never sees it.
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
      target.addEventListener(CallEvents.Failed, ({ code }) => {
        const other = VoxEngine.callSIP(event.headers['Refer-To'], { callerid: event.transferTo });
        other.addEventListener(CallEvents.Failed, ({ code, reason }) => callee.notifyBlindTransferFailed(code, reason));
      });
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
carol rejects with 486 after 0.1
at 0 alice calls bob
at 3 bob refers to "<sip:carol%0D%0AX-Evil%3A%201@127.0.1.3?X-Evil=a%0D%0AVia%3A%20b>"
at 10 expect alice talks to bob
at 20 alice hangs up
at 21 bob hangs up
expect bob has its REFER answered: 400
expect log "control characters in its Refer-To"
expect 0 messages "· X-Evil"
