// A menu by voice: whoever says "sales" gets Alice, whoever says "support" gets Bob. Who is not understood is asked
// again, and gets Alice the third time, or where nobody recognises speech.
require(Modules.ASR);

const DESKS = { sales: "alice", support: "bob" };

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, callerid, displayName }) => {
  let tries = 0;
  let asr;
  caller.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  caller.addEventListener(CallEvents.Connected, () => ask("Sales or support?"));
  // While it speaks nobody listens: it would hear itself from a loudspeaker.
  caller.addEventListener(CallEvents.PlaybackFinished, listen);
  caller.answer();

  function ask(question) {
    tries += 1;
    if (tries > 3) return connect("alice");
    caller.say(question, Language.US_ENGLISH_FEMALE);
  }

  function listen() {
    if (asr === undefined) {
      asr = VoxEngine.createASR({ profile: ASRProfileList.Google.en_US, phraseHints: Object.keys(DESKS), singleUtterance: true });
      asr.addEventListener(ASREvents.SpeechCaptured, () => caller.stopMediaTo(asr));
      asr.addEventListener(ASREvents.Result, ({ text }) => understood(text));
      asr.addEventListener(ASREvents.ASRError, ({ error }) => {
        Logger.write("not recognised: " + error);
        connect("alice");
      });
    }
    caller.sendMediaTo(asr);
  }

  function understood(text) {
    const words = text.toLowerCase().split(/[^a-z]+/);
    const wanted = Object.keys(DESKS).find((name) => words.includes(name));
    if (wanted === undefined) return ask("Please say: sales, or support.");
    connect(DESKS[wanted]);
  }

  function connect(username) {
    asr?.stop();
    caller.playProgressTone("US");
    const desk = VoxEngine.callUser({ username, callerid, displayName });
    desk.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(caller, desk));
    desk.addEventListener(CallEvents.Failed, () => caller.hangup());
    desk.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  }
});
