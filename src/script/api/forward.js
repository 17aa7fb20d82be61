// easyProcess and the four forwardings: what most scenarios with two calls do.

const {
  VoxEngine,
  addAppListener,
  answerCall,
  callPSTN,
  callSIP,
  callUser,
  callUserDirect,
  field,
  headersToSend,
  listenToCall,
  recordOfCall,
  terminate,
  host: main,
} = core;

const CONNECTED = "Call.Connected";
const FAILED = "Call.Failed";
const DISCONNECTED = "Call.Disconnected";

/// Joins an incoming call with one that is being placed, and ends the session with either.
function easyProcess(call1, call2, onEstablishedCallback, direct) {
  const what = "VoxEngine.easyProcess";
  const incoming = recordOfCall(call1, what);
  const outgoing = recordOfCall(call2, what);
  const waiting = () => incoming.state === "ALERTING" || incoming.state === "PROGRESSING";
  const join = () => {
    if (incoming.state === "TERMINATED" || outgoing.state === "TERMINATED") return;
    main.link(incoming.id, outgoing.id);
    main.link(outgoing.id, incoming.id);
  };
  listenToCall(outgoing, CONNECTED, (event) => {
    if (waiting()) answerCall(incoming, event.headers, { scheme: event.scheme });
    join();
  });
  listenToCall(incoming, CONNECTED, () => {
    if (typeof onEstablishedCallback === "function") onEstablishedCallback(call1, call2);
  });
  listenToCall(outgoing, "Call.Ringing", (event) => {
    if (waiting()) main.ring(incoming.id, headersToSend(event.headers, what));
  });
  listenToCall(outgoing, "Call.AudioStarted", (event) => {
    if (waiting()) main.startEarlyMedia(incoming.id, headersToSend(event.headers, what));
    join();
  });
  passOn(incoming, outgoing, what);
  passOn(outgoing, incoming, what);
  listenToCall(outgoing, FAILED, (event) => {
    if (waiting()) main.reject(incoming.id, event.code >= 300 && event.code <= 699 ? event.code : 603, undefined);
    terminate();
  });
  listenToCall(incoming, FAILED, terminate);
  listenToCall(outgoing, DISCONNECTED, terminate);
  listenToCall(incoming, DISCONNECTED, terminate);
}

/// Messages and INFO of one call go out on the other.
function passOn(from, to, what) {
  listenToCall(from, "Call.InfoReceived", (event) => {
    if (to.state === "TERMINATED") return;
    let type;
    try {
      type = main.mimeType(event.mimeType);
    } catch {
      // The peer's word, not the script's: it ends here.
      return;
    }
    main.sendInfo(to.id, type, event.body, headersToSend(event.headers, what));
  });
  listenToCall(from, "Call.MessageReceived", (event) => {
    if (to.state !== "TERMINATED") main.sendMessage(to.id, event.text);
  });
}

/// The four forwardings: as soon as a call comes in, `placing` places the other one.
function forward(placing, onEstablishedCallback) {
  addAppListener("Application.CallAlerting", (event) => {
    easyProcess(event.call, placing(event), onEstablishedCallback);
  });
}

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

VoxEngine.easyProcess = easyProcess;
VoxEngine.forwardCallToUser = forwardCallToUser;
VoxEngine.forwardCallToUserDirect = forwardCallToUserDirect;
VoxEngine.forwardCallToSIP = forwardCallToSIP;
VoxEngine.forwardCallToPSTN = forwardCallToPSTN;
