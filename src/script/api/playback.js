// What has to be brought: players of URLs, of files of the media folder, of texts and of several of them, and
// what a call plays to itself.

const {
  Call,
  MediaUnit,
  VoxEngine,
  absent,
  addAppListener,
  answerCall,
  define,
  expose,
  exposeClass,
  field,
  host: main,
  isArray,
  keys,
  known,
  knownUnit,
  listenToCall,
  newPlayer,
  rangeError,
  recordOfCall,
  stackHere,
  steerPlayer,
  stillLiving,
  stringify,
  terminate,
  textOf,
  typeError,
  unitHost,
} = core;

const MOST_SEGMENTS = 100;

/// What is played, as the session takes it: a text or where to find it.
function urlSource(request, what) {
  if (absent(request)) throw typeError(what + ": the URL is missing");
  if (typeof request !== "object") return { __proto__: null, url: textOf(request) };
  const url = field(request, "url");
  if (absent(url)) throw typeError(what + ": the URL is missing");
  const method = field(request, "method");
  const verb = absent(method) ? "GET" : textOf(method);
  if (verb !== "GET" && verb !== "POST") throw typeError(what + ': the method must be "GET" or "POST"');
  const body = field(request, "body");
  const bytes = field(body, "binary");
  const text = absent(body) ? "" : typeof body === "object" ? field(body, "text") : body;
  return {
    __proto__: null,
    url: textOf(url),
    post: verb === "POST",
    headers: requestHeaders(field(request, "headers"), what),
    body: absent(text) ? "" : textOf(text),
    binary: absent(bytes) ? undefined : textOf(bytes),
  };
}

function requestHeaders(headers, what) {
  const list = [];
  if (absent(headers)) return list;
  const add = (name, value) => define(list, list.length, { __proto__: null, name: textOf(name), value: textOf(value) });
  if (isArray(headers)) {
    for (let n = 0; n < headers.length; n++) {
      const header = headers[n];
      if (typeof header !== "object" || header === null) throw typeError(what + ": a header is {name, value}");
      add(field(header, "name"), field(header, "value"));
    }
  } else if (typeof headers === "object") {
    const names = keys(headers);
    for (let n = 0; n < names.length; n++) add(names[n], headers[names[n]]);
  }
  return list;
}

/// The voice may be named by its language alone, and before its options.
function saidSource(text, parameters, what) {
  if (absent(text)) throw typeError(what + ": the text is missing");
  let voice = parameters;
  if (typeof parameters === "object" && parameters !== null) {
    voice = field(parameters, "voice");
    if (absent(voice)) voice = field(parameters, "language");
  }
  return { __proto__: null, text: textOf(text), voice: absent(voice) ? undefined : textOf(voice) };
}

function isLooped(parameters) {
  return typeof parameters === "object" ? !!field(parameters, "loop") : !!parameters;
}

function create(what, sources, loop, onPause, family) {
  const json = stringify(sources);
  const stack = stackHere();
  return newPlayer(what, (id) => unitHost.fetchedPlayer(id, json, loop, onPause, stack), family);
}

function createURLPlayer(request, parameters, ...older) {
  const what = "VoxEngine.createURLPlayer";
  const source = urlSource(request, what);
  // The older form is createURLPlayer(url, loop, onPause).
  const paused = typeof parameters === "object" ? !!field(parameters, "onPause") : !!older[0];
  return create(what, [source], isLooped(parameters), paused);
}

function createTTSPlayer(text, parameters) {
  const what = "VoxEngine.createTTSPlayer";
  const paused = typeof parameters === "object" && !!field(parameters, "onPause");
  return create(what, [saidSource(text, parameters, what)], false, paused);
}

const SequencePlayerEvents = {
  Created: "SequencePlayer.Created",
  PlaybackReady: "SequencePlayer.PlaybackReady",
  Started: "SequencePlayer.Started",
  PlaybackMarkerReached: "SequencePlayer.PlaybackMarkerReached",
  Stopped: "SequencePlayer.Stopped",
  PlaybackFinished: "SequencePlayer.PlaybackFinished",
  Error: "SequencePlayer.Error",
};

const segmentsOf = { __proto__: null };

class SequencePlayer extends MediaUnit {
  constructor(...made) {
    super(made[0], made[1], "VoxEngine.createSequencePlayer makes a SequencePlayer; new does not");
  }

  pause() {
    steerPlayer(this, "pause", 0, 0);
  }

  resume() {
    steerPlayer(this, "resume", 0, 0);
  }

  stop() {
    steerPlayer(this, "stop", 0, 0);
  }

  addMarker(offset, segment) {
    const { segments } = knownUnit(this, "addMarker");
    let at = 0;
    if (!absent(segment)) {
      while (at < segments.length && segments[at] !== segment) at++;
      if (at === segments.length) throw typeError("SequencePlayer.addMarker: this is no segment of the player");
    }
    steerPlayer(this, "mark", offset, at);
  }
}

const SEQUENCE = {
  __proto__: null,
  Class: SequencePlayer,
  kind: "SequencePlayer",
  events: SequencePlayerEvents,
  field: "sequencePlayer",
};

function createSequencePlayer(parameters) {
  const what = "VoxEngine.createSequencePlayer";
  const given = field(parameters, "segments");
  if (!isArray(given) || given.length === 0) throw typeError(what + ": the segments are missing");
  if (given.length > MOST_SEGMENTS) throw rangeError(what + ": a player has at most " + MOST_SEGMENTS + " segments");
  const sources = [];
  const segments = [];
  for (let n = 0; n < given.length; n++) {
    const segment = given[n];
    const text = field(segment, "text");
    const request = field(segment, "request");
    const options = field(segment, "parameters");
    let source;
    if (!absent(text)) source = saidSource(text, absent(options) ? segment : options, what);
    else source = urlSource(absent(request) ? segment : request, what);
    define(sources, n, source);
    define(segments, n, segment);
  }
  const player = create(what, sources, false, false, SEQUENCE);
  knownUnit(player, "createSequencePlayer").segments = segments;
  return player;
}

function startPlayback(record, url, parameters) {
  const what = "Call.startPlayback";
  const source = urlSource(url, what);
  if (stillLiving(record, what)) unitHost.play(record.id, stringify([source]), isLooped(parameters), stackHere());
}

function say(record, text, parameters) {
  const what = "Call.say";
  const source = saidSource(text, parameters, what);
  if (stillLiving(record, what)) unitHost.play(record.id, stringify([source]), false, stackHere());
}

/// Answers the call that starts the session, plays to it once and hangs up.
function playSoundAndHangup(fileURL) {
  const what = "VoxEngine.playSoundAndHangup";
  const source = urlSource(fileURL, what);
  const stack = stackHere();
  addAppListener("Application.CallAlerting", ({ call }) => {
    const record = recordOfCall(call, what);
    listenToCall(record, "Call.Connected", () => unitHost.play(record.id, stringify([source]), false, stack));
    listenToCall(record, "Call.PlaybackFinished", () => main.hangup(record.id, undefined));
    listenToCall(record, "Call.Disconnected", terminate);
    listenToCall(record, "Call.Failed", terminate);
    answerCall(record, undefined, undefined);
  });
}

VoxEngine.createURLPlayer = createURLPlayer;
VoxEngine.createTTSPlayer = createTTSPlayer;
VoxEngine.createSequencePlayer = createSequencePlayer;
VoxEngine.playSoundAndHangup = playSoundAndHangup;
exposeClass("SequencePlayer", SequencePlayer);
expose("SequencePlayerEvents", SequencePlayerEvents);
expose("URLPlayerRequestMethod", { GET: "GET", POST: "POST" });

// Methods as the others of Call are: they can be replaced, and no listing shows them.
const methods = {
  __proto__: null,
  startPlayback(url, parameters) {
    startPlayback(known(this, "startPlayback"), url, parameters);
  },
  stopPlayback() {
    const record = known(this, "stopPlayback");
    if (stillLiving(record, "Call.stopPlayback")) unitHost.stopPlayback(record.id);
  },
  say(text, parameters) {
    say(known(this, "say"), text, parameters);
  },
};
for (const name of keys(methods)) define(Call.prototype, name, methods[name], false);
