VoxEngine.addEventListener(AppEvents.CallAlerting, (inc) => {
  setTimeout(() => VoxEngine.terminate(), 100000);
  const outCall = VoxEngine.callUser({
    username: inc.destination,
    callerid: inc.callerid,
    displayName: inc.displayName
  });
  outCall.addEventListener(CallEvents.Connected, (out) => {
    inc.call.answer(undefined, { scheme: out.scheme });
    VoxEngine.sendMediaBetween(inc.call, out.call);
    out.call.handleBlindTransfer(true);
    out.call.addEventListener(CallEvents.BlindTransferRequested, (out) => {
      const outCall2 = VoxEngine.callUser({
        username: out.transferTo,
        callerid: inc.callerid,
        displayName: inc.displayName
      });
      outCall2.addEventListener(CallEvents.Connected, (out2) => {
        out.call.notifyBlindTransferSuccess();
        VoxEngine.sendMediaBetween(out2.call, inc.call);
      });
      outCall2.addEventListener(CallEvents.Failed, (out2) => {
        out.call.notifyBlindTransferFailed(out2.code, out2.reason);
      });
    });
  });
});
