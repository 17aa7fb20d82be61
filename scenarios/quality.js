// A call whose sound is watched on both sides: the log says when a side goes bad, falls silent and is well again, and in
// the end how it was at worst. Numbers are those of what each side sends us; docs/quality.md says what they mean.
const EVERY_MS = 5000;
const BAD_LOSS = 5; // percent
const BAD_JITTER_MS = 40;

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid, destination, displayName }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid, displayName });
  const sides = [watch(call, callerid), watch(callee, destination)];
  // The first that ends ends the other, and the session.
  for (const leg of [call, callee]) leg.addEventListener(CallEvents.Disconnected, () => sides.forEach((say) => say()));
  VoxEngine.easyProcess(call, callee);
});

/// Returns what says how it was.
function watch(leg, name) {
  let band = "unknown";
  let bad = false;
  let worst;

  leg.addEventListener(CallEvents.Connected, () => leg.monitorMediaStatistics({ interval: EVERY_MS }));
  leg.addEventListener(CallEvents.AudioQualityDetected, ({ quality }) => (band = quality));
  leg.addEventListener(CallEvents.RtpStopped, () => tell(`${name} is not heard any more`));
  leg.addEventListener(CallEvents.RtpResumed, () => tell(`${name} is heard again`));
  leg.addEventListener(CallEvents.MediaStatisticsReceived, ({ audio }) => {
    const [{ numPackets, packetLoss, jitter }] = audio.in;
    if (numPackets === 0) return; // silence is told by RtpStopped
    worst = { loss: Math.max(worst?.loss ?? 0, packetLoss), jitter: Math.max(worst?.jitter ?? 0, jitter) };
    const isBad = packetLoss > BAD_LOSS || jitter > BAD_JITTER_MS;
    if (isBad !== bad) tell(`${name} sounds ${isBad ? "bad" : "well again"}: ${packetLoss} % lost, jitter ${jitter} ms`);
    bad = isBad;
  });
  return () => {
    if (worst) Logger.write(`${name}: ${band}, at worst ${worst.loss} % lost, jitter ${worst.jitter} ms`);
    worst = undefined;
  };
}

// Put a request to your own server here: `Net.httpRequest("https://…", …)`.
function tell(text) {
  Logger.write(text);
}
