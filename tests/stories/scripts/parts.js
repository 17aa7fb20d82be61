// Forwards a call and says which part each of its calls had in a transfer.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination, callerid }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid });
  for (const [name, leg] of [["call0", call], ["call1", callee]]) {
    leg.addEventListener(CallEvents.TransferComplete, ({ role }) => Logger.write(`${name} TransferComplete ${role}`));
    leg.addEventListener(CallEvents.TransferFailed, ({ role, code }) => Logger.write(`${name} TransferFailed ${role} ${code}`));
  }
  callee.addEventListener(CallEvents.Connected, () => {
    call.answer();
    VoxEngine.sendMediaBetween(call, callee);
  });
  callee.addEventListener(CallEvents.Failed, ({ code }) => call.reject(code));
  call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  callee.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
});
