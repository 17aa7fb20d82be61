// Names that the API does not have.
VoxEngine.addEventListener(AppEvents.CallAlertng, () => {});
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  e.call.anwser();
  trace(e.destnation);
  const callee = VoxEngine.calUser({ username: "bob" });
  const other = VoxEngine.callUser({ username: "bob" });
  other.addEventListener(CallEvents.Conected, () => {});
  other.addEventListener(CallEvents.Ringing, ({ headres, call }) => call.hangUp());
  other.addEventListener(CallEvents.Disconnected, finished);
  other.addEventListener(CallEvents["Faild"], () => {});
  other.whatever();
  VoxEngine.sendMediaBetwen(e.call, other);
});
function finished(event) {
  Logger.wirte(event.internlCode);
}
let late;
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  late = call;
  late.rng();
});
VoxEngine.callUser({ usrname: "bob", calerid: "1", somethingElse: 1, extraHeaders: { "X-calerid": "1" } });
