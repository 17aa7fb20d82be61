// A menu by keys: 1 is Alice, 2 is Bob, # ends the call. A caller who presses nothing within ten seconds gets Alice.
const DESKS = { 1: "alice", 2: "bob" };

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, callerid, displayName }) => {
  let waiting = true;
  caller.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  caller.addEventListener(CallEvents.Connected, ask);
  caller.addEventListener(CallEvents.ToneReceived, ({ tone }) => choose(tone));
  caller.answer();

  // Here a real menu says what there is to choose; two beeps will do.
  function ask() {
    caller.handleTones(true);
    VoxEngine.createToneScriptPlayer("600@-16;0.6(.2/.1/1)").sendMediaTo(caller);
    setTimeout(() => choose("1"), 10000);
  }

  function choose(key) {
    if (!waiting) return;
    if (key === "#") return caller.hangup();
    if (DESKS[key] === undefined) return ask();
    waiting = false;
    caller.handleTones(false); // from now on keys are for whoever answers
    caller.playProgressTone("US");
    const desk = VoxEngine.callUser({ username: DESKS[key], callerid, displayName });
    desk.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(caller, desk));
    desk.addEventListener(CallEvents.Failed, () => caller.hangup());
    desk.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  }
});
