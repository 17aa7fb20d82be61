# The flag is set and nobody listens: 603, and the log says so.
scenario deaf
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination });
  callee.handleBlindTransfer(true);
  VoxEngine.easyProcess(caller, callee);
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to carol
at 5 expect alice talks to bob
at 6 alice hangs up
expect bob has its REFER answered: 603
expect bob is told nothing
expect log "nobody listens to CallEvents.BlindTransferRequested"
