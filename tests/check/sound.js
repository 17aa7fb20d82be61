// Nothing here is wrong, and nothing is said of it.
require(Modules.Player);
var calls = {}, total;
total = 0;
let current = null;
VoxEngine.easyProcess = function (one, other) {
  one.partner = other;
};
VoxEngine.addEventListener(AppEvents.Started, function (e) {
  Logger.write("session " + e.sessionId + e.toString());
});
VoxEngine.addEventListener(AppEvents.CallAlerting, handle);
function handle(e) {
  current = e.call;
  calls[e.call.id()] = e.call;
  if (typeof e.call.somethingElse === "function") trace("yes");
  const { call, destination: to, headers: { "X-Id": id } = {}, ...rest } = e;
  call.partner = null;
  call.addEventListener(CallEvents.Connected, (event) => next(event, rest.callerid, id));
  [CallEvents.Failed, CallEvents.Disconnected].forEach((name) => call.addEventListener(name, VoxEngine.terminate));
  const out = e.headers["X-User"] ? VoxEngine.callUser(to) : VoxEngine.callSIP("sip:" + to);
  out.addEventListener(CallEvents.Connected, bind(call));
  call.partner.hangup();
  return new Promise((resolve) => setTimeout(resolve, 100)).then(() => out.hangup());
}
const next = (event, ...more) => [event.whatever, more, arguments_()];
function bind(call) {
  return function () {
    return arguments.length && call;
  };
}
function arguments_() {
  for (const name in calls) delete calls[name];
  label: for (;;) break label;
  try {
    return JSON.stringify(globalThis);
  } catch {
    return current?.id() ?? `${new Date()}`;
  }
}
class Desk {
  static #count = 0;
  open = openAt;
  get count() {
    return Desk.#count;
  }
}
let openAt = new Desk().count;
async function wait() {
  for await (const x of [Promise.resolve(1)]) total += x;
}
wait();
if (total) {
  function hoisted() {}
}
hoisted && hoisted();
