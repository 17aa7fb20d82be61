// Calls bob and records both sides, as the dialled name says: records-mp3, records-wav, records-flac; then a second
// time as one mix, in HD.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid, destination }) => {
  const format = destination.split("-")[1];
  const other = VoxEngine.callUser("bob", callerid);
  VoxEngine.easyProcess(call, other, () => {
    call.record({ stereo: true, format, name: "both" });
    const mix = VoxEngine.createRecorder({ hd_audio: true, format, name: "mix" });
    call.sendMediaTo(mix);
    other.sendMediaTo(mix);
  });
});
