// As transfer.js, for phones that transfer to a SIP address of any server: the third party is called
// at the Refer-To of the phone as it stands. Only the one who was called may transfer.

/** Which addresses a phone may transfer to. Calls may cost money: name your own servers here. */
const ALLOWED = /./;

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination, callerid, displayName }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid, displayName });
  /** Whom the caller talks with. */
  let partner = callee;
  /** Whom a transfer is ringing. @type {Call | undefined} */
  let target;

  caller.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());

  callee.addEventListener(CallEvents.Ringing, () => caller.ring());
  callee.addEventListener(CallEvents.AudioStarted, () => {
    caller.startEarlyMedia();
    VoxEngine.sendMediaBetween(caller, callee);
  });
  callee.addEventListener(CallEvents.Failed, ({ code }) => caller.reject(code));
  callee.addEventListener(CallEvents.Connected, ({ headers }) => {
    caller.answer(headers);
    join(callee);
  });

  /** Connects the caller with a call that has been answered, and lets that one transfer it on. */
  function join(call) {
    partner = call;
    VoxEngine.sendMediaBetween(caller, call);
    call.handleBlindTransfer(true);
    call.addEventListener(CallEvents.BlindTransferRequested, ({ headers }) => {
      transfer(call, headers["Refer-To"]);
    });
    call.addEventListener(CallEvents.Disconnected, () => {
      // While a target rings, the caller waits for it, even where the transferor has left.
      if (call === partner && !target) VoxEngine.terminate();
    });
  }

  function transfer(transferor, referTo) {
    if (!ALLOWED.test(referTo)) return transferor.notifyBlindTransferFailed(403, "Forbidden");

    target = VoxEngine.callSIP(referTo, { callerid, displayName });
    target.addEventListener(CallEvents.Connected, ({ call }) => {
      target = undefined;
      transferor.notifyBlindTransferSuccess();
      join(call);
    });
    target.addEventListener(CallEvents.Failed, ({ code, reason }) => {
      target = undefined;
      transferor.notifyBlindTransferFailed(code, reason);
      if (transferor.state() === "TERMINATED") VoxEngine.terminate();
    });
  }
});
