// VoxEngine and AppEvents. Every function is a closure, so that it works unbound and may be
// handed on as a listener; a script may replace any of them, and ours do not call the replacement.

const AppEvents = {
  Started: "Application.Started",
  CallAlerting: "Application.CallAlerting",
  HttpRequest: "Application.HttpRequest",
  WebSocket: "AppEvents.NewWebSocketConnection",
  NewWebSocketFailed: "Application.OnNewWebSocketFailed",
  Terminating: "Application.Terminating",
  Terminated: "Application.Terminated",
};

let phase = "running";
let sessionName = "";
let sessionData = "";
let sessionAccess = "";
/// What makes a socket of who connects from outside: the part that has sockets brings it.
let visited;
const appListeners = { __proto__: null };

function addAppListener(event, callback) {
  listen(appListeners, eventName(event, "VoxEngine.addEventListener"), callback);
  // Without such a listener the session's end is no business of this isolate.
  if (event === AppEvents.Terminating || event === AppEvents.Terminated) host.watchEnd();
}

function removeAppListener(event, callback) {
  unlisten(appListeners, eventName(event, "VoxEngine.removeEventListener"), callback);
}

function customData(customData) {
  if (!absent(customData)) sessionData = shortText(customData, "VoxEngine.customData");
  return sessionData;
}

function terminate() {
  if (phase === "running") host.terminate();
}

function sendMediaBetween(mediaUnit1, mediaUnit2) {
  const what = "VoxEngine.sendMediaBetween";
  const first = recordOfUnit(mediaUnit1, what);
  const second = recordOfUnit(mediaUnit2, what);
  if (stillLiving(first, what) && stillLiving(second, what)) {
    host.link(first.node, second.node);
    host.link(second.node, first.node);
    hears(second, first);
    hears(first, second);
  }
}

function stopMediaBetween(mediaUnit1, mediaUnit2) {
  const what = "VoxEngine.stopMediaBetween";
  const first = recordOfUnit(mediaUnit1, what);
  const second = recordOfUnit(mediaUnit2, what);
  if (stillLiving(first, what) && stillLiving(second, what)) {
    host.unlink(first.node, second.node);
    host.unlink(second.node, first.node);
    hearsNoMore(second, first);
    hearsNoMore(first, second);
  }
}

const VoxEngine = {
  addEventListener: addAppListener,
  removeEventListener: removeAppListener,
  callConference,
  callPSTN,
  callSIP,
  callUser,
  callUserDirect,
  customData,
  sendMediaBetween,
  stopMediaBetween,
  terminate,
};

expose("VoxEngine", VoxEngine);
expose("AppEvents", AppEvents);
