# A conference as the target of a blind transfer that the script decides: it calls the conference, and joins the
# transferee with that call when it is answered.
scenario transfer
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination, callerid }) => {
  const other = VoxEngine.callUser({ username: destination, callerid });
  VoxEngine.easyProcess(call, other);
  other.handleBlindTransfer(true);
  other.addEventListener(CallEvents.BlindTransferRequested, ({ transferTo }) => {
    const room = VoxEngine.callConference(transferTo, callerid);
    other.removeEventListener(CallEvents.Disconnected);
    room.addEventListener(CallEvents.Connected, () => {
      other.notifyBlindTransferSuccess();
      VoxEngine.sendMediaBetween(call, room);
    });
    room.addEventListener(CallEvents.Failed, ({ code }) => other.notifyBlindTransferFailed(code));
  });
});
```
scenario conference
rule room runs conference
rule .* runs transfer
phones alice bob carol
users alice bob carol
at 0 alice calls bob
bob answers after 0.5
bob leaves on success
at 3 bob refers to room
at 6 expect alice has 1 call
at 6 expect alice hears nobody
at 8 carol hangs up
at 20 alice hangs up
expect bob is told 100, 200
