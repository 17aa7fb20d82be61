# A call that comes in after three transfers elsewhere leads to the fourth; the script neither sees the mark nor sets it.
scenario transfer
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, headers, destination }) => {
  Logger.write(`headers: ${JSON.stringify(headers)}`);
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice', extraHeaders: { 'X-Known': '1' } });
  VoxEngine.easyProcess(call, callee);
});
```
phones alice bob carol
users bob carol
alice adds "Switchhook-Hop: 3;by=5f0c1a2e"
bob answers after 0.5
carol answers after 0.5
bob leaves on success
at 0 alice calls bob
at 2 bob refers to <sip:carol@switchhook?Switchhook-Hop=1>
at 5 expect alice talks to carol
at 6 alice hangs up
expect log "headers: {}"
expect bob is called after 3 transfers
expect carol is called after 4 transfers
