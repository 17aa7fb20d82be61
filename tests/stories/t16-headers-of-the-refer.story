# T16: the headers of a REFER, and those that its Refer-To brings along, reach the script, which hands on what it likes.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: "alice" });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, ({ transferTo, headers }) => {
      Logger.write(JSON.stringify(headers));
      const target = VoxEngine.callUser({ username: transferTo, extraHeaders: { 'X-Ticket': headers['X-Ticket'] } });
      target.addEventListener(CallEvents.Connected, () => {
        callee.notifyBlindTransferSuccess();
        VoxEngine.sendMediaBetween(caller, target);
      });
      target.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
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
at 2 bob refers to "<sip:carol@127.0.0.1?X-Desk=7>", with X-Ticket 4711, with x-note "two words", with Subject gossip
at 5 expect alice talks to carol
at 6 carol hangs up
expect log '"X-Ticket":"4711"'
expect log "two words"
expect never log "gossip"
expect 1 message "X-Ticket: 4711"
