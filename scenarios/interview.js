// An interview is recorded: in HD where both sides talk wideband, else for telephones, which takes a sixth of the room.
// Which codecs they talk is the program's to agree on (docs/codecs.md); which of two kinds it is, a script can hear.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid, destination, displayName }) => {
  const guest = VoxEngine.callUser({ username: destination, callerid, displayName });
  const bands = new Map();
  let recording = false;
  for (const leg of [call, guest]) {
    // It comes with the first packet of a side, and again where its codec changes.
    leg.addEventListener(CallEvents.AudioQualityDetected, ({ quality }) => {
      bands.set(leg, quality);
      if (bands.size < 2 || recording) return;
      recording = true;
      const hd_audio = [...bands.values()].every((band) => band === CallAudioQuality.HD);
      call.record({ stereo: true, hd_audio, name: "interview" });
    });
  }
  call.addEventListener(CallEvents.RecordStarted, ({ url }) => Logger.write("the interview: " + url));
  call.addEventListener(CallEvents.RecordError, ({ error }) => Logger.write("no recording: " + error));
  VoxEngine.easyProcess(call, guest);
});
