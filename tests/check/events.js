// Events that never come to that object.
VoxEngine.addEventListener(CallEvents.Connected, () => {});
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(AppEvents.CallAlerting, () => {});
  call.addEventListener(PlayerEvents.PlaybackFinished, () => {});
  call.addEventListener("Call.Conected", () => {});
  call.addEventListener("Call.Connected", () => {});
});
