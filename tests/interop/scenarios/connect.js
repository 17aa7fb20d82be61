// Connects the caller with the user that was dialled; either of them may transfer the other.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination, callerid, displayName }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid, displayName });
  callee.addEventListener(CallEvents.Ringing, () => caller.ring());
  callee.addEventListener(CallEvents.Failed, ({ code }) => caller.reject(code));
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
  });

  const partner = new Map([[caller, callee], [callee, caller]]);
  for (const leg of [caller, callee]) live(leg);

  function live(leg) {
    leg.addEventListener(CallEvents.Disconnected, () => {
      const other = partner.get(leg);
      partner.delete(leg);
      // Whoever was transferred away has no partner any more.
      if (other && partner.get(other) === leg) other.hangup();
      if (partner.size === 0) VoxEngine.terminate();
    });
    leg.handleBlindTransfer(true);
    leg.addEventListener(CallEvents.BlindTransferRequested, ({ headers }) => transfer(leg, headers));
  }

  function transfer(transferor, headers) {
    const transferee = partner.get(transferor);
    const target = VoxEngine.callSIP(headers['Refer-To'], { callerid, displayName });
    target.addEventListener(CallEvents.Failed, ({ code, reason }) => transferor.notifyBlindTransferFailed(code, reason));
    target.addEventListener(CallEvents.Connected, () => {
      partner.set(transferee, target).set(target, transferee);
      live(target);
      VoxEngine.sendMediaBetween(transferee, target);
      transferor.notifyBlindTransferSuccess();
    });
  }
});
