// VoxEngine and AppEvents. Every function is a closure, so that it works unbound and may be
// handed on as a listener; a script may replace any of them, and ours do not call the replacement.

const AppEvents = {
  Started: "Application.Started",
  CallAlerting: "Application.CallAlerting",
  Terminating: "Application.Terminating",
  Terminated: "Application.Terminated",
};

let phase = "running";
let sessionName = "";
let sessionData = "";
const appListeners = { __proto__: null };

function addAppListener(event, callback) {
  listen(appListeners, eventName(event, "VoxEngine.addEventListener"), callback);
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
    host.link(first.id, second.id);
    host.link(second.id, first.id);
  }
}

function stopMediaBetween(mediaUnit1, mediaUnit2) {
  const what = "VoxEngine.stopMediaBetween";
  const first = recordOfUnit(mediaUnit1, what);
  const second = recordOfUnit(mediaUnit2, what);
  if (stillLiving(first, what) && stillLiving(second, what)) {
    host.unlink(first.id, second.id);
    host.unlink(second.id, first.id);
  }
}

/// Joins an incoming call with one that is being placed, and ends the session with either.
function easyProcess(call1, call2, onEstablishedCallback, direct) {
  const what = "VoxEngine.easyProcess";
  const incoming = recordOfUnit(call1, what);
  const outgoing = recordOfUnit(call2, what);
  const waiting = () => incoming.state === "ALERTING" || incoming.state === "PROGRESSING";
  const join = () => {
    if (incoming.state === "TERMINATED" || outgoing.state === "TERMINATED") return;
    host.link(incoming.id, outgoing.id);
    host.link(outgoing.id, incoming.id);
  };
  listenToCall(outgoing, CONNECTED, (event) => {
    if (waiting()) answerCall(incoming, event.headers, { scheme: event.scheme });
    join();
  });
  listenToCall(incoming, CONNECTED, () => {
    if (typeof onEstablishedCallback === "function") onEstablishedCallback(call1, call2);
  });
  listenToCall(outgoing, "Call.Ringing", (event) => {
    if (waiting()) host.ring(incoming.id, headersToSend(event.headers, what));
  });
  listenToCall(outgoing, "Call.AudioStarted", (event) => {
    if (waiting()) host.startEarlyMedia(incoming.id, headersToSend(event.headers, what));
    join();
  });
  passOn(incoming, outgoing, what);
  passOn(outgoing, incoming, what);
  listenToCall(outgoing, FAILED, (event) => {
    if (waiting()) host.reject(incoming.id, event.code >= 300 && event.code <= 699 ? event.code : 603, undefined);
    terminate();
  });
  listenToCall(incoming, FAILED, terminate);
  listenToCall(outgoing, DISCONNECTED, terminate);
  listenToCall(incoming, DISCONNECTED, terminate);
}

const CONNECTED = "Call.Connected";
const FAILED = "Call.Failed";
const DISCONNECTED = "Call.Disconnected";

/// Messages and INFO of one call go out on the other.
function passOn(from, to, what) {
  listenToCall(from, "Call.InfoReceived", (event) => {
    if (to.state !== "TERMINATED")
      host.sendInfo(to.id, host.mimeType(event.mimeType), event.body, headersToSend(event.headers, what));
  });
  listenToCall(from, "Call.MessageReceived", (event) => {
    if (to.state !== "TERMINATED") host.sendMessage(to.id, event.text);
  });
}

/// The four forwardings: as soon as a call comes in, `placing` places the other one.
function forward(placing, onEstablishedCallback) {
  addAppListener(CALL_ALERTING, (event) => {
    easyProcess(event.call, placing(event), onEstablishedCallback);
  });
}

const CALL_ALERTING = "Application.CallAlerting";

function forwardCallToUser(onEstablishedCallback, video) {
  forward(
    (event) =>
      callUser({
        __proto__: null,
        username: event.destination,
        callerid: event.callerid,
        displayName: event.displayName,
        extraHeaders: event.headers,
      }),
    onEstablishedCallback,
  );
}

function forwardCallToUserDirect(onEstablishedCallback) {
  forward(
    (event) =>
      callUserDirect(event.call, event.destination, {
        __proto__: null,
        callerid: event.callerid,
        displayName: event.displayName,
        extraHeaders: event.headers,
      }),
    onEstablishedCallback,
  );
}

function forwardCallToSIP(onEstablishedCallback, video) {
  forward(
    (event) =>
      callSIP(event.toURI, {
        __proto__: null,
        callerid: event.callerid,
        displayName: event.displayName,
        headers: event.headers,
      }),
    onEstablishedCallback,
  );
}

function forwardCallToPSTN(numberTransform, onEstablishedCallback, options) {
  forward((event) => {
    const number = typeof numberTransform === "function" ? numberTransform(event.destination) : event.destination;
    const callerid = field(options, "callerid");
    return callPSTN(number, callerid === undefined ? event.callerid : callerid, options);
  }, onEstablishedCallback);
}

const VoxEngine = {
  addEventListener: addAppListener,
  removeEventListener: removeAppListener,
  callPSTN,
  callSIP,
  callUser,
  callUserDirect,
  customData,
  easyProcess,
  forwardCallToPSTN,
  forwardCallToSIP,
  forwardCallToUser,
  forwardCallToUserDirect,
  sendMediaBetween,
  stopMediaBetween,
  terminate,
};

expose("VoxEngine", VoxEngine);
expose("AppEvents", AppEvents);
