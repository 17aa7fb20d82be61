// The one entry of the host: an event as JSON in, the script's listeners out. The host keeps this
// function and nothing else of this world.

function alerting(news) {
  const record = newCall({
    __proto__: null,
    id: news.call,
    incoming: true,
    state: "ALERTING",
    callerid: news.callerid,
    displayName: news.display_name,
    number: news.destination,
    clientType: news.client_type,
    headers: news.headers,
  });
  record.fromUri = news.from_uri;
  raise(appListeners, "Application.CallAlerting", () => ({
    call: record.call,
    name: "Application.CallAlerting",
    id: record.name,
    callerid: news.callerid,
    destination: news.destination,
    displayName: news.display_name,
    fromURI: news.from_uri,
    toURI: news.to_uri,
    headers: receivedHeaders(news.headers, news.client_type),
    customData: record.customData,
    scheme: news.scheme === null ? undefined : news.scheme,
  }));
}

/// Somebody outside has sent a request to the session's URL.
function requested({ method, path, content, headers }) {
  const event = "Application.HttpRequest";
  if (appListeners[event] === undefined) return warn(`nobody listens to AppEvents.HttpRequest: ${method} ${path}`);
  const list = [];
  for (let n = 0; n < headers.length; n++) define(list, n, { key: headers[n][0], value: headers[n][1] });
  return raise(appListeners, event, () => ({ method, path, content, headers: list }));
}

/// The place of the script's function that ran last, for what is thrown without a stack.
function where() {
  if (typeof running !== "function") return running === undefined ? "" : running;
  const file = sourceFile(running);
  const line = sourceLine(running);
  return typeof file === "string" && typeof line === "number" ? "    at " + file + ":" + line + ":1\n" : "";
}

/// What the parts that a scenario's mention loads are written over.
const forParts = () => ({
  __proto__: null,
  Call,
  LONGEST_LINE,
  NativeDate,
  NativeError,
  NativeProxy,
  VoxEngine,
  absent,
  addAppListener,
  amdIs,
  answerCall,
  apply,
  bytesOf,
  callPSTN,
  callSIP,
  callUser,
  callUserDirect,
  construct,
  define,
  defineProperty,
  expose,
  exposeClass,
  eventName,
  field,
  getPrototypeOf,
  hasOwn,
  headersToSend,
  host,
  indexIn,
  inquire,
  isArray,
  isRunning,
  keys,
  known,
  lacking,
  link,
  listen,
  listenToCall,
  nameOfUnit,
  phaseNow: () => phase,
  preventExtensions,
  raise,
  rangeError,
  recordOfCall,
  recordOfUnit,
  runs: (callback) => {
    running = callback;
  },
  slice,
  stackHere,
  stillLiving,
  stringify,
  terminate,
  textOf,
  toNumber,
  toText,
  typeError,
  uncurry,
  units,
  unitsAre,
  unlink,
  unlisten,
  visitsAre: (callback) => {
    visited = callback;
  },
  warn,
  wellFormed,
  write,
});

return function dispatch(kind, json) {
  switch (kind) {
    case "where":
      return where();
    case "core":
      return forParts();
    case "stub":
      return stub(json);
    case "begin": {
      const { session, custom_data, access } = parse(json);
      sessionName = session;
      sessionAccess = access;
      sessionData = custom_data;
      return;
    }
    case "started":
      return raise(appListeners, "Application.Started", () => ({
        accessURL: sessionAccess,
        accessSecureURL: slice(sessionAccess, 0, 5) === "http:" ? "https" + slice(sessionAccess, 4) : sessionAccess,
        sessionId: sessionName,
      }));
    case "visit":
      // Without that part nobody has allowed it.
      return visited === undefined ? undefined : visited(parse(json), appListeners);
    case "request":
      return requested(parse(json));
    case "alerting":
      return alerting(parse(json));
    case "call": {
      const { call, state, news } = parse(json);
      const record = calls[call];
      if (record === undefined) return;
      if (typeof news === "string") return callNews(record, state, news, {});
      const name = keys(news)[0];
      return callNews(record, state, name, news[name]);
    }
    case "reply":
      return replied(parse(json));
    case "unit": {
      const { unit, news } = parse(json);
      const record = units[unit];
      if (record === undefined) return;
      const told = news[keys(news)[0]];
      if (typeof told === "string") return record.news(record, told, {});
      const name = keys(told)[0];
      return record.news(record, name, told[name]);
    }
    case "timer":
      return timerFired(toNumber(json));
    case "terminating":
      phase = "terminating";
      return raise(appListeners, "Application.Terminating", () => ({ systemError: json === "true" }));
    case "terminated":
      phase = "terminated";
      return raise(appListeners, "Application.Terminated", () => ({ systemError: json === "true" }));
  }
};
