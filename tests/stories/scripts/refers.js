// Joins the caller with bob and, a second later, does what the story's `wish` says. Writes down all that it
// hears of transfers.

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller }) => {
  const callee = VoxEngine.callUser({ username: "bob", callerid: caller.callerid() });
  const calls = { caller, callee };
  let moving = false;
  const isOver = (call) => call.state() === "TERMINATED";
  const tidyUp = () => {
    const all = Object.values(calls);
    if (!moving && all.some(isOver)) all.filter((call) => !isOver(call)).forEach((call) => call.hangup());
  };

  for (const [name, call] of Object.entries(calls)) {
    call.addEventListener(CallEvents.TransferProgress, ({ status, reason }) => {
      moving = true;
      Logger.write(`${name}: progress ${status} ${reason}`);
    });
    call.addEventListener(CallEvents.TransferComplete, ({ role, referStatus, finalStatus }) => {
      moving = false;
      Logger.write(`${name}: complete as ${role}, REFER ${referStatus}, call ${finalStatus}`);
      tidyUp();
    });
    call.addEventListener(CallEvents.TransferFailed, ({ role, code, reason, referStatus, finalStatus }) => {
      moving = false;
      Logger.write(`${name}: failed as ${role} with ${code} ${reason}, REFER ${referStatus}, call ${finalStatus}`);
      tidyUp();
    });
    call.addEventListener(CallEvents.Disconnected, () => {
      Logger.write(`${name}: gone`);
      tidyUp();
    });
  }

  callee.addEventListener(CallEvents.Failed, () => VoxEngine.terminate());
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    setTimeout(() => wish(caller, callee), 1000);
  });
});
