// A call that can be transferred and that comes back: where the third party does not answer, whoever made the
// transfer gets the old partner back, and is called again where it has hung up meanwhile.

/** How long the third party rings, in seconds. */
const PATIENCE = 20;
/** How long whoever made the transfer rings when the call comes back. */
const RECALL = 30;

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination, callerid, displayName }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid, displayName });
  callee.addEventListener(CallEvents.Ringing, () => caller.ring());
  callee.addEventListener(CallEvents.Failed, ({ code }) => caller.reject(code));
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
  });
  join(caller, callee);
});

/** Two calls that last as long as each other, and of which either may be transferred. */
function join(one, other) {
  for (const [call, partner] of [[one, other], [other, one]]) {
    // Set while this call's transfer is open: then its end is not its partner's.
    let transferring = false;
    call.handleBlindTransfer(true);
    call.addEventListener(CallEvents.BlindTransferRequested, ({ transferTo, transferee }) => {
      // A partner who has left, or who talks with somebody else by now, cannot be passed on.
      if (!transferee) return call.rejectBlindTransfer(603);
      transferring = true;
      callThirdParty(call, transferee, transferTo, () => {
        transferring = false;
      });
    });
    call.addEventListener(CallEvents.Disconnected, () => {
      if (!transferring) hangUp(partner);
    });
    call.addEventListener(CallEvents.Failed, () => hangUp(partner));
  }
}

function hangUp(call) {
  if (call.state() !== "TERMINATED") call.hangup();
}

function callThirdParty(transferor, transferee, transferTo, over) {
  const callerid = transferee.incoming() ? transferee.callerid() : transferee.number();
  const target = VoxEngine.callUser({
    username: transferTo,
    callerid,
    extraHeaders: { "VI-CallTimeout": String(PATIENCE) },
  });
  transferee.addEventListener(CallEvents.Disconnected, () => hangUp(target));

  target.addEventListener(CallEvents.Connected, () => {
    transferor.notifyBlindTransferSuccess();
    VoxEngine.sendMediaBetween(transferee, target);
  });
  target.addEventListener(CallEvents.Disconnected, () => hangUp(transferee));

  target.addEventListener(CallEvents.Failed, ({ code, reason }) => {
    over();
    transferor.notifyBlindTransferFailed(code, reason);
    // Nobody is left who could be given back.
    if (transferee.state() === "TERMINATED") return hangUp(transferor);
    // Still there: the two are joined again. Gone: it rings, and they are joined when it answers.
    const back = transferor.recall({ headers: { "VI-CallTimeout": String(RECALL) } });
    if (back === undefined || back === transferor) return;
    join(back, transferee);
  });
}
