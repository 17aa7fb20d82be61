# A call from a trunk's address is `pstn`, and only for the numbers that the trunk brings.
scenario reception
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid, destination }) => {
  Logger.write(`${call.clientType()} ${callerid} for ${destination}`);
  VoxEngine.easyProcess(call, VoxEngine.callUser({ username: 'bob', callerid }));
});
```
phones provider bob
users bob
password somebody sesame
trunk provider brings 30\d+
bob answers after 0.5
at 0 provider calls 3012
at 2 expect provider talks to bob
at 3 provider hangs up
at 5 provider calls 4012
expect log "pstn provider for 3012"
expect provider is refused: 404
