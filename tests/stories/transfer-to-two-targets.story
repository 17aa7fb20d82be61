# The script calls two targets for one REFER: the progress of the furthest is told, Referred-By goes to both, and the
# first answer is the verdict.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, () => {
      const targets = ['carol', 'dave'].map((username) => VoxEngine.callUser({ username }));
      for (const target of targets) {
        target.addEventListener(CallEvents.Connected, () => {
          targets.filter((other) => other !== target).forEach((other) => other.hangup());
          callee.notifyBlindTransferSuccess();
          VoxEngine.sendMediaBetween(caller, target);
        });
        target.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
      }
    });
  });
});
```
phones alice bob carol dave
users bob carol dave
bob answers after 0.5
bob leaves on success
carol rings after 2
dave sends early media after 4, answers after 6
at 0 alice calls bob
at 2 bob refers to support
at 10 expect alice talks to dave
at 10 expect carol has no call
at 12 alice hangs up
at 13 dave hangs up
expect bob is told 100, 180, 183, 200
expect 2 messages "Referred-By: <sip:bob@127.0.0.1>"
