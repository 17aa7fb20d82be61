// Conference rooms. Who dials a room comes into it with everybody else who has: the rule says
// "conference", so all calls to one room are calls of one session. A call can also be sent there by
// a transfer, or by another scenario with VoxEngine.callConference.
//
// Keys: 6 mutes the caller and lets it speak again.

// Whoever is still alone after so long hears what a telephone says when nobody comes.
const ALONE_MS = 30000;

let conference;
let alone;

VoxEngine.addEventListener(AppEvents.Started, () => {
  // For telephones; { hd_audio: true } is for more, and costs several times as much.
  conference = VoxEngine.createConference();
  conference.addEventListener(ConferenceEvents.ConferenceError, (event) => Logger.write(event.error));
});

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => enter(call));
  call.addEventListener(CallEvents.Disconnected, () => leave(call));
  call.answer();
});

function enter(call) {
  const endpoint = conference.add({ call, mode: "MIX", direction: "BOTH", displayName: call.displayName() });
  announce("880@-16;0.3(0.1/0.1/1)");
  lookAround();
  call.addEventListener(CallEvents.ToneReceived, ({ tone }) => {
    if (tone !== "6") return;
    const muted = endpoint.getDirection() === "RECEIVE";
    conference.add({ call, direction: muted ? "BOTH" : "RECEIVE" });
  });
  call.handleTones(true);
}

function leave(call) {
  Logger.write(`${call.callerid()} has left`);
  announce("440@-16;0.3(0.1/0.1/1)");
  lookAround();
}

// Everybody hears it.
function announce(tones) {
  if (conference.getList().length > 0) VoxEngine.createToneScriptPlayer(tones).sendMediaTo(conference);
}

// Who is alone is told so, once; a room that nobody is in is closed.
function lookAround() {
  clearTimeout(alone);
  const there = conference.getList().length;
  if (there === 0) VoxEngine.terminate();
  if (there === 1) alone = setTimeout(() => announce("480@-19,620@-19;1(0.25/0.25/1+2)"), ALONE_MS);
}
