// Answers, and sends the caller on to another number.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  call.addEventListener(CallEvents.Connected, () => setTimeout(() => call.transferTo({ to: "target" }), 300));
  call.addEventListener(CallEvents.TransferComplete, ({ role }) => Logger.write(`complete as ${role}`));
  call.addEventListener(CallEvents.TransferFailed, ({ code, reason }) => Logger.write(`failed: ${code} ${reason}`));
  call.answer();
});
