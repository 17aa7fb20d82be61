// What is no function, where one is wanted.
function answer() {
  console.log("answered");
}
const later = () => {
  return;
};
function makes() {
  return () => {};
}
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, answer());
  call.addEventListener(CallEvents.Connected, later());
  call.addEventListener(CallEvents.Connected, makes());
  call.addEventListener(CallEvents.Connected, "answer");
  call.addEventListener(CallEvents.Connected, { answer });
  call.addEventListener(CallEvents.Connected, undefined);
  call.addEventListener(CallEvents.Connected);
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate());
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.addEventListener(CallEvents.Failed, call);
  call.removeEventListener(CallEvents.Connected);
  setTimeout("answer()", 1000);
  setTimeout(() => {}, 1000);
});
