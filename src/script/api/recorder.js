// Recorders, and the record of a call: sound becomes a file, and a link to it an event.

const {
  Call,
  Unit,
  VoxEngine,
  absent,
  define,
  endUnit,
  expose,
  exposeClass,
  field,
  isArray,
  isRunning,
  keys,
  known,
  knownUnit,
  link,
  livingUnit,
  newUnit,
  raise,
  recordOfUnit,
  stillLiving,
  stringify,
  textOf,
  typeError,
  unlink,
  warn,
} = core;

const NativePromise = Promise;

const RecorderEvents = {
  Started: "Recorder.Started",
  Stopped: "Recorder.Stopped",
  RecorderError: "Recorder.Error",
};

const RecordExpireTime = {
  THREEMONTHS: "",
  SIXMONTHS: "-6m",
  ONEYEAR: "-1y",
  TWOYEARS: "-2y",
  THREEYEARS: "-3y",
  FIVEYEARS: "-5y",
};

// How VoxEngine lays out pictures: names that scenarios write into their parameters. There is no picture here.
const RecorderProfile = { "4K": "4K", FHD: "FHD", HD: "HD", NHD: "NHD", QHD: "QHD", VGA: "VGA" };
const RecorderDirection = { ltr: "ltr", rtl: "rtl" };

// Who transcribes in VoxEngine: names likewise.
const TranscriptionProvider = { GOOGLE: "google", TBANK: "tcs", YANDEX: "yandex" };

const FORMATS = { __proto__: null, mp3: "mp3", wav: "wav", flac: "flac" };

/// Most that are remembered of a list of endpoints.
const MOST_ENDPOINTS = 200;

/// What is heeded, or is so in any case; `stereo` only of a call, which has two sides.
const HEEDED = { __proto__: null, hd_audio: 1, lossless: 1, name: 1, recordNamePrefix: 1, secure: 1, format: 1 };

/// What a recording shall be, as the session takes it. What means nothing here is said once for all of it.
function wished(parameters, what, hasSides) {
  const ignored = [];
  let picture = false;
  const ignore = (name) => define(ignored, ignored.length, name);
  if (typeof parameters === "object" && parameters !== null) {
    const given = keys(parameters);
    for (let n = 0; n < given.length; n++) {
      const name = given[n];
      const isHeeded = HEEDED[name] !== undefined || (hasSides && name === "stereo");
      if (isHeeded || !parameters[name]) continue;
      if (name === "video" || name === "videoParameters") picture = true;
      else ignore(name);
    }
  }
  const format = field(parameters, "format");
  const named = absent(format) ? undefined : FORMATS[textOf(format)];
  if (!absent(format) && named === undefined) ignore("format");
  if (picture) warn(what + ": video is ignored: a recording here has sound only");
  if (ignored.length > 0) {
    let list = ignored[0];
    for (let n = 1; n < ignored.length; n++) list += ", " + ignored[n];
    warn(what + ": what is given as " + list + " means nothing here and is ignored");
  }
  const prefix = field(parameters, "recordNamePrefix");
  const name = absent(prefix) ? field(parameters, "name") : prefix;
  const lossless = !!field(parameters, "lossless");
  return stringify({
    __proto__: null,
    format: named === undefined && lossless ? "flac" : named,
    hd: lossless || !!field(parameters, "hd_audio"),
    stereo: hasSides && !!field(parameters, "stereo"),
    prefix: absent(name) ? "" : textOf(name),
  });
}

class Recorder extends Unit {
  constructor(...made) {
    super(made[0], made[1], made[2] ?? "VoxEngine.createRecorder makes a Recorder; new does not");
  }

  mute(doMute) {
    const record = livingUnit(this, "mute");
    if (record !== undefined) host.mute(record.id, !!doMute);
  }

  stop() {
    const record = livingUnit(this, "stop");
    if (record !== undefined) host.stop(record.id);
  }
}

/// What VoxEngine gives to whoever wants a picture. Here it records sound as any recorder; of the picture it keeps what it
/// is told and says that there is none.
class ConferenceRecorder extends Recorder {
  constructor(...made) {
    super(made[0], made[1], "VoxEngine.createRecorder({video: true}) makes a ConferenceRecorder; new does not");
  }

  setConference(conference) {
    const what = "ConferenceRecorder.setConference";
    const source = recordOfUnit(conference, what);
    if (source.kind !== "Conference") throw typeError(what + ": this is no conference");
    const record = livingUnit(this, "setConference");
    if (record === undefined || !stillLiving(source, what)) return;
    const before = record.conference;
    record.conference = source;
    if (before !== undefined && before !== source && before.state === "LIVE") unlink(before, record, what);
    link(source, record, what);
  }

  getPriority() {
    return listed(knownUnit(this, "getPriority").priority);
  }

  setPriority(priority) {
    const record = knownUnit(this, "setPriority");
    if (!isArray(priority)) throw typeError("ConferenceRecorder.setPriority: a list of endpoints is needed");
    record.priority = listed(priority);
    warn("ConferenceRecorder.setPriority changes nothing: a recording here has sound only");
    return new NativePromise((resolve) => resolve());
  }

  update(parameters) {
    knownUnit(this, "update");
    warn("ConferenceRecorder.update changes nothing: a recording here has sound only");
  }
}

function listed(given) {
  const list = [];
  const length = given.length > MOST_ENDPOINTS ? MOST_ENDPOINTS : given.length;
  for (let n = 0; n < length; n++) define(list, n, given[n]);
  return list;
}

function createRecorder(parameters, ...older) {
  const what = "VoxEngine.createRecorder";
  // The older form is createRecorder(name, secure).
  const isOlder = typeof parameters === "string";
  const wish = wished(isOlder ? { __proto__: null, name: parameters, secure: older[0] } : parameters, what, false);
  const told = { __proto__: null };
  for (const name of keys(RecorderEvents)) told[RecorderEvents[name]] = name;
  const hasPicture = !isOlder && !!field(parameters, "video");
  const record = hasPicture
    ? newUnit(ConferenceRecorder, "ConferenceRecorder", told, recorderNews)
    : newUnit(Recorder, "Recorder", told, recorderNews);
  record.conference = undefined;
  record.priority = [];
  if (isRunning()) host.recorder(record.id, wish);
  else warn(what + " does nothing: the session is ending");
  return record.unit;
}

function recorderNews(record, kind, news) {
  const recorder = record.unit;
  const name = RecorderEvents[kind];
  if (kind === "Stopped" || news.over === true) endUnit(record);
  switch (kind) {
    case "Started":
      return raise(record.listeners, name, () => ({ recorder, name, url: news.url }));
    case "Stopped":
      return raise(record.listeners, name, () => ({ recorder, name, cost: "0", duration: news.duration_s }));
    default:
      return raise(record.listeners, name, () => ({ recorder, name, error: news.error }));
  }
}

VoxEngine.createRecorder = createRecorder;
exposeClass("ConferenceRecorder", ConferenceRecorder);
exposeClass("Recorder", Recorder);
expose("RecorderDirection", RecorderDirection);
expose("RecorderEvents", RecorderEvents);
expose("RecorderProfile", RecorderProfile);
expose("TranscriptionProvider", TranscriptionProvider);
expose("RecordExpireTime", RecordExpireTime);

// A method as the others of Call are: it can be replaced, and no listing shows it.
define(
  Call.prototype,
  "record",
  {
    __proto__: null,
    record(parameters) {
      const record = known(this, "record");
      const wish = wished(parameters, "Call.record", true);
      if (stillLiving(record, "Call.record")) host.record(record.id, wish);
    },
  }.record,
  false,
);
