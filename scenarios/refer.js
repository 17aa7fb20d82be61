// Whoever dials 9 and a number is sent on to that number: the caller's own phone or trunk is asked to call
// there (REFER). The new call is the caller's; ours ends, and with it this session.
//
// Many phones and most trunks do as they are asked; the others are connected here, as forward.js would.

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination, callerid, displayName }) => {
  const to = destination.slice(1);

  // Only an answered call can be sent on.
  call.addEventListener(CallEvents.Connected, () => call.transferTo({ to, progressTimeout: 120 }));
  call.addEventListener(CallEvents.TransferProgress, ({ status, reason }) => {
    Logger.write(`the far end says of its call to ${to}: ${status} ${reason}`);
  });
  // 202 was only the promise. This is the end of the other call's story, and the program hangs up ours.
  call.addEventListener(CallEvents.TransferComplete, () => Logger.write(`sent on to ${to}`));
  call.addEventListener(CallEvents.TransferFailed, ({ code, reason, finalStatus }) => {
    Logger.write(`not sent on to ${to}: ${code} ${reason}`);
    // The other party was called and did not answer, or the caller has left: there is nobody to connect.
    if (finalStatus !== undefined || call.state() === "TERMINATED") return call.hangup();
    connectHere();
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();

  /** The caller's phone cannot be moved, or nobody knows what became of it: we call, and stay in between. */
  function connectHere() {
    const callee = VoxEngine.callUser({ username: to, callerid, displayName });
    callee.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(call, callee));
    callee.addEventListener(CallEvents.Failed, VoxEngine.terminate);
    callee.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  }
});
