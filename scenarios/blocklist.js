// Callers whom a colleague has blocked are refused. Whoever is called writes "block" during the call, and that number
// gets no further for a week. ApplicationStorage is what all calls of this folder share.
require(Modules.ApplicationStorage);

const A_WEEK = 7 * 86400;

VoxEngine.addEventListener(AppEvents.CallAlerting, async ({ call: caller, callerid, displayName, destination }) => {
  caller.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  const key = `blocked:${callerid}`;
  let entry;
  try {
    entry = await ApplicationStorage.get(key);
  } catch (error) {
    Logger.write(`nobody is blocked as long as ${error.message}`); // rather one call too many than none
  }
  if (entry) return caller.reject(603);

  const callee = VoxEngine.callUser({ username: destination, callerid, displayName });
  callee.addEventListener(CallEvents.Ringing, () => caller.ring());
  callee.addEventListener(CallEvents.Failed, ({ code }) => caller.reject(code));
  callee.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
  });
  callee.addEventListener(CallEvents.MessageReceived, async ({ text }) => {
    if (text.trim().toLowerCase() !== "block") return;
    await ApplicationStorage.put(key, `by ${destination}`, A_WEEK);
    caller.hangup();
  });
});
