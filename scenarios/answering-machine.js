// Calls Bob. The caller is joined with a human; an answering machine gets a message after its beep, and the caller is told
// that Bob is away. Who has picked up is a guess by tones and by how long the greeting is (docs/hearing.md).
require(Modules.AMD);

const MESSAGE = "chime.wav";

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, callerid }) => {
  const amd = AMD.create({ model: AMD.Model.EU_GENERAL, timeout: 6000 });
  const desk = VoxEngine.callUser({ username: "bob", callerid, amd });
  let silence;

  caller.ring();
  caller.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  caller.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(caller, desk));
  desk.addEventListener(CallEvents.Failed, ({ code }) => caller.reject(code));
  desk.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  amd.addEventListener(AMD.Events.DetectionComplete, ({ resultClass, confidence }) => {
    Logger.write(`${resultClass}, ${confidence} %`);
    if (resultClass === AMD.ResultClass.CALL_ENDED) return;
    if (resultClass === AMD.ResultClass.VOICEMAIL) return waitForBeep();
    // A human; or nobody knows, and a human waits no longer than this.
    caller.answer();
  });

  // The machine records after its beep, or when it has said nothing for a while: some have none.
  function waitForBeep() {
    const later = () => setTimeout(leaveMessage, 2500);
    silence = later();
    desk.addEventListener(CallEvents.BeepDetectionComplete, ({ frequencies }) => frequencies && leaveMessage());
    desk.addEventListener(CallEvents.MicStatusChange, ({ active }) => {
      clearTimeout(silence);
      if (!active) silence = later();
    });
    desk.enableBeepDetection({ timeout: 60000 });
    desk.handleMicStatus(true);
  }

  function leaveMessage() {
    clearTimeout(silence);
    desk.handleMicStatus(false);
    desk.disableBeepDetection();
    caller.reject(480);
    desk.addEventListener(CallEvents.PlaybackFinished, () => desk.hangup());
    desk.startPlayback(MESSAGE);
  }
});
