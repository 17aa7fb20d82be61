// A script that cannot be trusted: at every turn it may do the wrong thing.
const dice = (sides) => Math.floor(Math.random() * sides);
const mischief = (calls) => {
  switch (dice(14)) {
    case 0: throw new Error('mischief');
    case 1: VoxEngine.terminate(); break;
    case 2: calls[dice(calls.length)].hangup(); break;
    case 3: Promise.reject(new Error('later mischief')); break;
    case 4: setTimeout(VoxEngine.terminate, dice(20000)); break;
    case 5: setTimeout(() => mischief(calls), dice(20000)); break;
    case 6: calls.forEach((call) => { call.answer(); call.reject(486); call.ring(); call.hangup(); }); break;
    case 7: VoxEngine.callUser({ username: 'nobody' }); break;
    case 8: case 9: refer(calls); break;
  }
};
// Anybody is asked to call anybody, for whatever it is good.
const refer = (calls) => {
  const to = ['alice', 'bob', 'carol', 'dave', 'nobody', 'sip:bob@127.0.1.2', 'http://x'][dice(7)];
  const call = dice(3) ? undefined : calls[dice(calls.length)];
  calls[dice(calls.length)].transferTo({
    to: call && dice(2) ? undefined : to,
    call,
    hangup: dice(3) > 0,
    referredBy: [undefined, '', 'erin'][dice(3)],
    progressTimeout: 1 + dice(60),
    statusUrl: 'http://hooks.example/',
  });
};

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination, callerid }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid });
  const calls = [caller, callee];
  let serving = 0;

  callee.addEventListener(CallEvents.Connected, () => {
    if (dice(5)) caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    if (!dice(4)) mischief(calls);
    for (let n = dice(3); n > 0; n--) setTimeout(() => refer(calls), dice(20000));
    if (!dice(3)) [caller, callee].forEach((call) => call.addEventListener(CallEvents.Disconnected, () => mischief(calls)));
    serve(callee, caller);
    serve(caller, callee);
  });
  if (dice(2)) callee.addEventListener(CallEvents.Failed, ({ code }) => { caller.reject(code); mischief(calls); });

  function serve(transferor, transferee) {
    if (dice(6)) transferor.handleBlindTransfer(true);
    if (!dice(6) || serving++ > 6) return;
    transferor.addEventListener(CallEvents.BlindTransferRequested, ({ transferTo }) => {
      if (!dice(6)) mischief(calls);
      if (!dice(10)) transferor.rejectBlindTransfer(403, 'No');
      const targets = Array.from({ length: 1 + dice(2) }, () => VoxEngine.callUser({ username: transferTo }));
      for (const target of targets) {
        calls.push(target);
        target.addEventListener(CallEvents.Connected, () => {
          if (!dice(6)) mischief(calls);
          for (let n = dice(3); n >= 0; n--) transferor.notifyBlindTransferSuccess();
          VoxEngine.sendMediaBetween(transferee, target);
          if (!dice(3)) transferor.hangup();
          serve(target, transferee);
        });
        if (dice(5)) target.addEventListener(CallEvents.Failed, ({ code, reason }) => {
          if (!dice(6)) mischief(calls);
          transferor.notifyBlindTransferFailed(dice(5) ? code : dice(1000), reason);
        });
      }
      if (!dice(6)) transferor.notifyBlindTransferFailed(486, 'Busy');
    });
  }
});
