// Answers, and sends the caller on to carol: a phone that does as it is asked. `on-PORT` is who was dialled;
// statuses go to that port.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination, toURI }) => {
  const to = toURI.replace(/^sip:[^@]*/, "sip:carol");
  const statusUrl = `http://run:key@127.0.0.1:${destination.slice(3)}/status?from=interop`;
  call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  call.addEventListener(CallEvents.Connected, () => setTimeout(() => call.transferTo({ to, statusUrl }), 500));
  call.addEventListener(CallEvents.TransferProgress, ({ status }) => Logger.write(`so far: ${status}`));
  call.addEventListener(CallEvents.TransferComplete, ({ finalStatus }) => Logger.write(`complete: ${finalStatus}`));
  call.addEventListener(CallEvents.TransferFailed, ({ code, reason }) => Logger.write(`failed: ${code} ${reason}`));
  call.answer();
});
