# A REFER with Replaces: the event says which dialog.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: 'alice' });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, (event) => {
      const { callId, toTag, fromTag, earlyOnly } = event.replaces;
      Logger.write(`${event.transferTo} replaces ${callId} ${toTag} ${fromTag} ${earlyOnly}`);
      callee.notifyBlindTransferFailed(501, 'not yet');
    });
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
at 0 alice calls bob
at 3 bob refers to "<sip:carol@127.0.0.1?Replaces=abc%40host%3Bto-tag%3D7%3bfrom-tag%3D8%3Bearly-only>"
at 5 alice hangs up
at 6 bob hangs up
expect bob is told 100, 501
expect log "carol replaces abc@host 7 8 true"
