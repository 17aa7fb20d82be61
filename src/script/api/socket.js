// WebSockets: texts, and sound in VoxEngine's messages, to and from a server.

const {
  MediaUnit,
  VoxEngine,
  absent,
  define,
  defineProperty,
  endUnit,
  expose,
  field,
  isArray,
  isRunning,
  keys,
  knownUnit,
  newUnit,
  raise,
  recordOfUnit,
  setUnitListener,
  stackHere,
  stringify,
  textOf,
  typeError,
  unlink,
  visitsAre,
  warn,
} = core;

const WebSocketEvents = {
  CREATED: "WebSocket.Created",
  OPEN: "WebSocket.Open",
  MESSAGE: "WebSocket.Message",
  ERROR: "WebSocket.Error",
  CLOSE: "WebSocket.Close",
  MEDIA_STARTED: "WebSocket.MediaEventStarted",
  MEDIA_ENDED: "WebSocket.MediaEventEnded",
};

const WebSocketReadyState = {
  CONNECTING: "connecting",
  OPEN: "open",
  CLOSING: "closing",
  CLOSED: "closed",
};

const WebSocketAudioEncoding = {
  ALAW: "ALAW",
  OPUS: "OPUS",
  PCM16_16KHZ: "PCM16",
  PCM16_8KHZ: "PCM8",
  ULAW: "ULAW",
};

const WebSocketCloseCode = {
  CLOSE_NORMAL: 1000,
  CLOSE_GOING_AWAY: 1001,
  CLOSE_PROTOCOL_ERROR: 1002,
  CLOSE_UNSUPPORTED: 1003,
  CLOSED_NO_STATUS: 1005,
  CLOSE_ABNORMAL: 1006,
  CLOSE_UNSUPPORTED_PAYLOAD: 1007,
  CLOSE_POLICY_VIOLATION: 1008,
  CLOSE_TOO_LARGE: 1009,
  CLOSE_MANDATORY_EXTENSION: 1010,
  CLOSE_SERVER_ERROR: 1011,
  CLOSE_SERVICE_RESTART: 1012,
  CLOSE_TRY_AGAIN_LATER: 1013,
  CLOSE_BAD_GATEWAY: 1014,
  CLOSE_TLS_FAIL: 1015,
};

class Socket extends MediaUnit {
  constructor(...made) {
    super(made[0], made[1], "VoxEngine.createWebSocket makes a WebSocket");
  }

  send(data) {
    const record = knownUnit(this, "send");
    if (typeof data !== "string") throw typeError("WebSocket.send: a string is sent, not " + (data === null ? "null" : typeof data));
    if (record.ready !== "open") return warn("WebSocket.send does nothing: the socket is " + record.ready);
    host.send(record.id, textOf(data));
  }

  close() {
    const record = knownUnit(this, "close");
    if (record.ready === "closing" || record.ready === "closed" || !isRunning()) return;
    record.ready = "closing";
    host.close(record.id);
  }

  clearMediaBuffer(parameters) {
    const record = knownUnit(this, "clearMediaBuffer");
    if (record.ready === "open" && isRunning()) host.clear(record.id, tagOf(parameters));
  }

  stopMediaTo(mediaUnit, parameters) {
    const record = knownUnit(this, "stopMediaTo");
    const what = "WebSocket.stopMediaTo";
    unlink(record, recordOfUnit(mediaUnit, what), what, parameters);
  }
}
define(Socket.prototype, "constructor", WebSocket, false);

function tagOf(parameters) {
  const tag = field(parameters, "tag");
  return absent(tag) ? undefined : textOf(tag);
}

/// `unit.sendMediaTo(socket, parameters)` and `socket.sendMediaTo(unit, parameters)`.
function sendMedia(from, to, parameters, what) {
  const encoding = field(parameters, "encoding");
  const given = field(parameters, "customParameters");
  let custom;
  if (!absent(given)) {
    if (typeof given !== "object") throw typeError(what + ": customParameters must be an object");
    custom = stringify(given);
  }
  host.sendMedia(from.node, to.node, tagOf(parameters), absent(encoding) ? undefined : textOf(encoding), custom);
}

function stopMedia(from, to, parameters) {
  host.stopMedia(from.node, to.node, tagOf(parameters));
}

const told = { __proto__: null };
for (const name of keys(WebSocketEvents)) told[WebSocketEvents[name]] = name;

function socketRecord(url, ready, id) {
  const record = newUnit(Socket, "WebSocket", told, socketNews, id);
  record.url = url;
  record.ready = isRunning() ? ready : "closed";
  record.link = sendMedia;
  record.unlink = stopMedia;
  record.on = { __proto__: null };
  return record;
}

const NAMES = {
  __proto__: null,
  Created: "CREATED",
  Open: "OPEN",
  Message: "MESSAGE",
  Error: "ERROR",
  Close: "CLOSE",
  MediaStarted: "MEDIA_STARTED",
  MediaEnded: "MEDIA_ENDED",
};

function socketNews(record, kind, news) {
  const websocket = record.unit;
  const name = NAMES[kind];
  const event = WebSocketEvents[name];
  const basic = { websocket, name: event };
  switch (name) {
    case "CREATED":
      return raise(record.listeners, event, () => ({
        ...basic,
        statisticsUrl: news.statistics_url === null ? undefined : news.statistics_url,
        traceUrl: news.trace_url === null ? undefined : news.trace_url,
      }));
    case "OPEN":
      if (record.ready === "connecting") record.ready = "open";
      return raise(record.listeners, event, () => basic);
    case "MESSAGE":
      return raise(record.listeners, event, () => ({ ...basic, text: news.text }));
    case "ERROR":
      return raise(record.listeners, event, () => ({ ...basic, reason: news.reason }));
    case "CLOSE":
      record.ready = "closed";
      endUnit(record);
      return raise(record.listeners, event, () => ({ ...basic, code: news.code, reason: news.reason, wasClean: news.clean }));
    case "MEDIA_STARTED":
      return raise(record.listeners, event, () => ({
        ...basic,
        tag: news.tag === null ? undefined : news.tag,
        encoding: news.encoding === null ? undefined : news.encoding,
        customParameters: news.custom,
      }));
    default:
      return raise(record.listeners, event, () => ({
        ...basic,
        tag: news.tag === null ? undefined : news.tag,
        mediaInfo: { duration: news.duration_s },
      }));
  }
}

/// A flat list of names and values: of [{name, value}], and of {name: value}.
function headersOf(what, headers) {
  const list = [];
  const add = (name, value) => {
    define(list, list.length, textOf(name));
    define(list, list.length, textOf(value));
  };
  if (absent(headers)) return list;
  if (isArray(headers)) {
    for (let n = 0; n < headers.length; n++) {
      if (typeof headers[n] !== "object" || headers[n] === null) throw typeError(what + ": a header is {name, value}");
      add(field(headers[n], "name"), field(headers[n], "value"));
    }
  } else if (typeof headers === "object") {
    const names = keys(headers);
    for (let n = 0; n < names.length; n++) add(names[n], headers[names[n]]);
  } else {
    throw typeError(what + ": headers must be a list of {name, value}");
  }
  return list;
}

function protocolsOf(protocols) {
  const list = [];
  if (absent(protocols)) return list;
  if (!isArray(protocols)) define(list, 0, textOf(protocols));
  else for (let n = 0; n < protocols.length; n++) define(list, n, textOf(protocols[n]));
  return list;
}

function createWebSocket(url, parameters) {
  const what = "VoxEngine.createWebSocket";
  if (absent(url)) throw typeError(what + ": the URL is missing");
  const text = textOf(url);
  // `new WebSocket(url, protocols)` is the browsers' form.
  const plain = typeof parameters === "string" || isArray(parameters);
  const protocols = protocolsOf(plain ? parameters : field(parameters, "protocols"));
  const headers = headersOf(what, plain ? undefined : field(parameters, "headers"));
  const kept = (name) => !plain && !!field(parameters, name);
  const keep = [kept("statistics"), kept("trace"), kept("privacy")];
  const record = socketRecord(text, "connecting");
  if (!isRunning()) {
    warn(what + " does nothing: the session is ending");
    return record.unit;
  }
  try {
    host.create(record.id, text, protocols, headers, keep, stackHere());
  } catch (fault) {
    endUnit(record);
    throw fault;
  }
  return record.unit;
}

/// Calls with `new` and without both make a socket.
function WebSocket(url, parameters) {
  return createWebSocket(url, parameters);
}
WebSocket.prototype = Socket.prototype;

const readOnly = (name, get) => defineProperty(Socket.prototype, name, { __proto__: null, configurable: true, enumerable: true, get });
const ofSocket = (self, name, read) => (self === Socket.prototype ? undefined : read(knownUnit(self, name)));

readOnly("url", function () {
  return ofSocket(this, "url", (record) => record.url);
});
readOnly("readyState", function () {
  return ofSocket(this, "readyState", (record) => record.ready);
});

const handlers = {
  __proto__: null,
  onclose: "CLOSE",
  oncreated: "CREATED",
  onerror: "ERROR",
  onmediaended: "MEDIA_ENDED",
  onmediastarted: "MEDIA_STARTED",
  onmessage: "MESSAGE",
  onopen: "OPEN",
};
for (const name of keys(handlers)) {
  const event = WebSocketEvents[handlers[name]];
  defineProperty(Socket.prototype, name, {
    __proto__: null,
    configurable: true,
    enumerable: true,
    get() {
      return ofSocket(this, name, (record) => record.on[name]);
    },
    set(callback) {
      const record = knownUnit(this, name);
      setUnitListener(record, event, record.on[name], callback);
      record.on[name] = typeof callback === "function" ? callback : undefined;
    },
  });
}

/// Somebody has connected from outside, or could not. Where nobody listens the socket ends at once.
visitsAre((news, listeners) => {
  const list = [];
  for (let n = 0; n < news.headers.length; n++) {
    const [key, value] = [news.headers[n][0], news.headers[n][1]];
    define(list, n, { key, value });
  }
  const basic = { method: "GET", path: news.path, content: "", headers: list };
  if (news.unit === null) return raise(listeners, "Application.OnNewWebSocketFailed", () => ({ ...basic, reason: news.reason }));
  const event = "AppEvents.NewWebSocketConnection";
  if (listeners[event] === undefined) return isRunning() ? host.refuse(news.unit) : undefined;
  const websocket = socketRecord(news.path, "open", news.unit).unit;
  return raise(listeners, event, () => ({ ...basic, websocket }));
});

VoxEngine.allowWebSocketConnections = function allowWebSocketConnections() {
  if (isRunning()) host.allow();
};
VoxEngine.createWebSocket = createWebSocket;
VoxEngine.disableStatisticsForIncomingWebsockets = function disableStatisticsForIncomingWebsockets() {
  if (isRunning()) host.keep(false, false);
};
VoxEngine.disableTraceForIncomingWebsockets = function disableTraceForIncomingWebsockets() {
  if (isRunning()) host.keep(true, false);
};
VoxEngine.enableStatisticsForIncomingWebsockets = function enableStatisticsForIncomingWebsockets() {
  if (isRunning()) host.keep(false, true);
};
VoxEngine.enableTraceForIncomingWebsockets = function enableTraceForIncomingWebsockets() {
  if (isRunning()) host.keep(true, true);
};
expose("WebSocket", WebSocket);
expose("WebSocketAudioEncoding", WebSocketAudioEncoding);
expose("WebSocketCloseCode", WebSocketCloseCode);
expose("WebSocketEvents", WebSocketEvents);
expose("WebSocketReadyState", WebSocketReadyState);
