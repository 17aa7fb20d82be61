// Answers, and takes down what is pressed until it is a D.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  let keys = "";
  call.addEventListener(CallEvents.ToneReceived, ({ tone }) => {
    keys += tone;
    if (tone !== "D") return;
    Logger.write("keys: " + keys);
    call.hangup();
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.handleTones(true);
  call.answer();
});
