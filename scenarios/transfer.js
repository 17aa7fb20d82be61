// A call to the user that was dialled, with blind transfer for both sides.
//
// Whoever presses "transfer" on the phone and dials a third party sends REFER. Here that arrives as
// BlindTransferRequested; we call the third party, and our verdict tells the phone what became of it.
// The one who stays hears the third party as soon as it answers. Where it does not, the old call goes
// on as if nothing had happened.

/** Who talks with whom, both ways. @type {Map<Call, Call>} */
const partners = new Map();
/** Every call of this session. @type {Call[]} */
const calls = [];
/** The transfer that waits for its verdict. @type {{transferor: Call, transferee: Call, target: Call} | undefined} */
let transfer;

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination, callerid, displayName }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid, displayName });
  partners.set(caller, callee);
  partners.set(callee, caller);
  look(caller);
  look(callee);

  callee.addEventListener(CallEvents.Ringing, () => caller.ring());
  callee.addEventListener(CallEvents.AudioStarted, () => {
    // An announcement or a tone of the far network: let the caller hear it.
    caller.startEarlyMedia();
    VoxEngine.sendMediaBetween(caller, callee);
  });
  callee.addEventListener(CallEvents.Failed, ({ code }) => {
    if (isAlive(caller)) caller.reject(code);
  });
  callee.addEventListener(CallEvents.Connected, ({ headers }) => {
    caller.answer(headers);
    join(caller, callee);
  });
});

/** Lets two calls talk, and lets either of them be transferred. */
function join(one, other) {
  partners.set(one, other);
  partners.set(other, one);
  VoxEngine.sendMediaBetween(one, other);
  one.handleBlindTransfer(true);
  other.handleBlindTransfer(true);
}

/** What may happen to any call at any time. */
function look(call) {
  calls.push(call);
  call.addEventListener(CallEvents.BlindTransferRequested, ({ transferTo }) => {
    callThirdParty(call, transferTo);
  });
  call.addEventListener(CallEvents.Failed, endWithTheLast);
  call.addEventListener(CallEvents.Disconnected, () => {
    // Most phones hang up as soon as their REFER is accepted; the transfer goes on without them.
    if (call === transfer?.transferor) return;
    // Nobody is left who could be connected.
    if (call === transfer?.transferee) hangUp(transfer.target);
    hangUp(partners.get(call));
    endWithTheLast();
  });
}

function callThirdParty(transferor, transferTo) {
  // Both sides may press "transfer" at once; the second would take away whom the first is to connect.
  if (transfer) return transferor.notifyBlindTransferFailed(491, "Request Pending");
  const transferee = partners.get(transferor);
  if (!transferee || !isAlive(transferee)) return transferor.notifyBlindTransferFailed(480, "Nobody to transfer");

  // The third party sees who wants to talk to it, not who made the transfer.
  const target = VoxEngine.callUser({ username: transferTo, ...identity(transferee) });
  transfer = { transferor, transferee, target };
  look(target);

  target.addEventListener(CallEvents.Connected, () => {
    transfer = undefined;
    partners.delete(transferor);
    // From here on the transferor hears nobody; it hangs up, or is hung up on after a few seconds.
    transferor.notifyBlindTransferSuccess();
    join(transferee, target);
  });
  target.addEventListener(CallEvents.Failed, ({ code, reason }) => {
    transfer = undefined;
    transferor.notifyBlindTransferFailed(code, reason);
    // The transferor has left already: nobody is there to talk to.
    if (!isAlive(transferor)) hangUp(transferee);
  });
}

/** How a call is shown to the one who is called. */
function identity(call) {
  return call.incoming()
    ? { callerid: call.callerid(), displayName: call.displayName() }
    : { callerid: call.number() };
}

function hangUp(call) {
  if (call && isAlive(call)) call.hangup();
}

function isAlive(call) {
  return call.state() !== "TERMINATED";
}

function endWithTheLast() {
  if (!calls.some(isAlive)) VoxEngine.terminate();
}
