// A call hears the chime of the media folder, and is let go.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => call.startPlayback("chime.wav"));
  call.addEventListener(CallEvents.PlaybackFinished, ({ error }) => {
    if (error) Logger.write("no chime: " + error);
    call.hangup();
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
