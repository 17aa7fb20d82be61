// A call hears the chime and then a voice, in one piece, and is let go.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
  call.addEventListener(CallEvents.Connected, () => {
    const digits = callerid.replace(/\D/g, "").split("").join(" ");
    const player = VoxEngine.createSequencePlayer({
      segments: [
        { request: { url: "chime.wav" } },
        { text: digits === "" ? "Hello." : "You are calling from " + digits + ".", parameters: { voice: Language.UK_ENGLISH_FEMALE } },
      ],
    });
    player.sendMediaTo(call);
    player.addEventListener(SequencePlayerEvents.PlaybackFinished, ({ error }) => {
      if (error) Logger.write("nothing was said: " + error);
      call.hangup();
    });
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
