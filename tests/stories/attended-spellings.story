# How phones write the Replaces of an attended transfer. The script reads each and declines: nothing has changed after it.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      const seen = event.replaces ? `early-only: ${event.replaces.earlyOnly}` : 'nothing';
      Logger.write(`to ${event.transferTo} replacing ${seen}`);
      callee.notifyBlindTransferFailed(603, 'Decline');
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 2 bob holds alice
at 3 bob calls carol
at 5 bob transfers alice to carol
at 6 bob transfers alice to carol, early-only, in lower case
at 7 bob transfers alice to carol, swapped
at 8 bob transfers alice to carol, with tags 0
at 9 bob transfers alice to carol, by Call-ID alone, at its Contact
at 10 bob transfers alice to dave
at 11 bob hangs up carol
at 12 bob resumes alice
at 13 expect alice talks to bob
at 14 bob hangs up alice
at 15 alice hangs up
expect bob cannot transfer: there is no call to transfer to
expect log "to carol replacing early-only: true"
expect log "to carol replacing early-only: false"
expect log "to carol replacing nothing"
