VoxEngine.addEventListener(AppEvents.CallAlerting, (inc) => {
  setTimeout(() => VoxEngine.terminate(), 100000);
  const outCall = VoxEngine.callUser(
    inc.destination,
    inc.callerid,
    inc.displayName,
    null,
    false,
    inc.scheme
  );
  outCall.addEventListener(CallEvents.Connected, (out) => {
    inc.call.answer(null, out.scheme);
    VoxEngine.sendMediaBetween(inc.call, out.call);
    out.call.handleBlindTransfer(true);
    out.call.addEventListener(CallEvents.BlindTransferRequested, (out) => {
      const outCall2 = VoxEngine.callSIP(out.headers['Refer-To'], {
        displayName: out.headers['Referred-By'],
        callerid: out.headers['Referred-By']
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
