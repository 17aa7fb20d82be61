// A caller leaves a message: a chime, and then whatever is said is recorded, until the caller hangs up or presses #.
// The link to the message is told to whoever the number belongs to.
const LONGEST_S = 180;

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid, destination }) => {
  let recorder;
  call.addEventListener(CallEvents.Connected, () => {
    call.handleTones(true);
    call.startPlayback("chime.wav");
  });
  call.addEventListener(CallEvents.PlaybackFinished, () => {
    recorder = VoxEngine.createRecorder({ name: "message-" + destination });
    recorder.addEventListener(RecorderEvents.Started, ({ url }) => tell("a message from " + callerid + ": " + url));
    recorder.addEventListener(RecorderEvents.RecorderError, ({ error }) => {
      Logger.write("no message: " + error);
      call.hangup();
    });
    recorder.addEventListener(RecorderEvents.Stopped, ({ duration }) => Logger.write("a message of " + duration + " s"));
    call.sendMediaTo(recorder);
    setTimeout(() => call.hangup(), LONGEST_S * 1000);
  });
  call.addEventListener(CallEvents.ToneReceived, ({ tone }) => {
    if (tone === "#") call.hangup();
  });
  call.addEventListener(CallEvents.Disconnected, () => {
    if (recorder) recorder.stop();
    setTimeout(VoxEngine.terminate, 100);
  });
  call.answer();
});

/// Put a request to your own server here: `Net.httpRequest("https://…", …)`.
function tell(text) {
  Logger.write(text);
}
