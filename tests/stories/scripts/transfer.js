// A call to a user, and every blind transfer that the callee asks for, with all that can go wrong.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination, callerid, displayName }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid, displayName });
  let partner = callee;

  caller.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());

  callee.addEventListener(CallEvents.Ringing, () => caller.ring());
  callee.addEventListener(CallEvents.Failed, ({ code }) => {
    caller.reject(code);
    VoxEngine.terminate();
  });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    serve(callee);
  });

  // Whoever talks to the caller may transfer it.
  function serve(transferor) {
    transferor.handleBlindTransfer(true);
    transferor.addEventListener(CallEvents.Disconnected, () => {
      if (partner === transferor) VoxEngine.terminate();
    });
    transferor.addEventListener(CallEvents.BlindTransferRequested, ({ transferTo }) => {
      const target = VoxEngine.callUser({ username: transferTo, callerid, displayName });
      target.addEventListener(CallEvents.Connected, () => {
        partner = target;
        transferor.notifyBlindTransferSuccess();
        VoxEngine.sendMediaBetween(caller, target);
        serve(target);
      });
      target.addEventListener(CallEvents.Failed, ({ code, reason }) => {
        transferor.notifyBlindTransferFailed(code, reason);
        if (transferor.state() === 'TERMINATED') VoxEngine.terminate();
      });
    });
  }
});
