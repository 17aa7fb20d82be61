// The first scenario to read: ring one phone, and another one where the first does not answer.
const DESKS = ["alice", "bob"];

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, callerid, displayName }) => {
  // When the caller hangs up, everything of this call ends.
  caller.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());

  function ring(desk) {
    if (desk >= DESKS.length) return caller.reject(480); // nobody is there
    const phone = VoxEngine.callUser({ username: DESKS[desk], callerid, displayName });
    phone.addEventListener(CallEvents.Ringing, () => caller.ring());
    phone.addEventListener(CallEvents.Failed, () => ring(desk + 1));
    phone.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
    phone.addEventListener(CallEvents.Connected, () => {
      caller.answer();
      VoxEngine.sendMediaBetween(caller, phone);
    });
  }

  ring(0);
});
