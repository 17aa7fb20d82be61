# T26: the target is asked first: carol hears who it is (a whisper is for the script) and takes the call with a digit;
# alice stays with bob until then. The verdict waits for the digit, not for the answer.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: "alice" });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, ({ transferTo }) => {
      const target = VoxEngine.callUser({ username: transferTo });
      const refuse = setTimeout(() => target.hangup(), 5000);
      target.addEventListener(CallEvents.InfoReceived, ({ body }) => {
        clearTimeout(refuse);
        if (body !== 'Signal=1') return target.hangup();
        callee.notifyBlindTransferSuccess();
        VoxEngine.sendMediaBetween(caller, target);
      });
      target.addEventListener(CallEvents.Disconnected, () => callee.notifyBlindTransferFailed(603, 'Decline'));
      target.addEventListener(CallEvents.Failed, ({ code, reason }) => callee.notifyBlindTransferFailed(code, reason));
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
bob leaves on success
carol answers after 0.5
at 0 alice calls bob
at 2 bob refers to carol
at 4 expect alice talks to bob
at 5 carol sends info "Signal=2"
at 6 expect alice talks to bob
at 8 bob refers to carol
at 18 expect alice talks to bob
at 18 bob refers to carol
at 20 carol sends info "Signal=1"
at 22 expect alice talks to carol
at 24 alice hangs up
at 25 carol hangs up
expect bob is told 100, 603, 100, 603, 100, 200
expect carol is without sound for 4 at most
