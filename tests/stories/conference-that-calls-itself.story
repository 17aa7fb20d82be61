# A scenario that calls the conference which it hosts, for each call that comes in: a limit ends it, and nothing is left.
scenario round
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination, callerid }) => {
  const again = VoxEngine.callConference(destination, callerid);
  again.addEventListener(CallEvents.Failed, ({ code }) => Logger.write(`fails: ${code}`));
  VoxEngine.easyProcess(call, again);
});
```
phones alice
at 0 alice calls room
at 5 expect alice has no call
expect log "fails: 403"
