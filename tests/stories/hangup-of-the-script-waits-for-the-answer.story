# The script hangs the transferor up right after the verdict: its BYE waits until the NOTIFY is answered.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      callee.notifyBlindTransferSuccess();
      callee.hangup();
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
lose the 2nd 200 to NOTIFY
at 0 alice calls bob
at 3 bob refers to carol
at 3.4 expect bob has 1 call
at 5 expect bob has no call
at 6 alice hangs up
expect bob is told 100, 200
