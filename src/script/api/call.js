// Call: one leg as the script sees it. A Call carries its record in a private field, so that no
// script can make one up or reach into it.

const CallEvents = {
  Connected: "Call.Connected",
  Disconnected: "Call.Disconnected",
  Failed: "Call.Failed",
  Ringing: "Call.Ringing",
  AudioStarted: "Call.AudioStarted",
  InfoReceived: "Call.InfoReceived",
  MessageReceived: "Call.MessageReceived",
  OnHold: "Call.OnHold",
  OffHold: "Call.OffHold",
  BlindTransferRequested: "Call.BlindTransferRequested",
  TransferProgress: "Call.TransferProgress",
  TransferComplete: "Call.TransferComplete",
  TransferFailed: "Call.TransferFailed",
  StateChanged: "Call.StateChanged",
  FirstAudioPacketReceived: "Call.FirstAudioPacketReceived",
  RtpStopped: "Call.RtpStopped",
  RtpResumed: "Call.RtpResumed",
  AudioQualityDetected: "Call.AudioQualityDetected",
  MediaStatisticsReceived: "Call.MediaStatisticsReceived",
  Statistics: "Call.Statistics",
  PlaybackReady: "Call.PlaybackReady",
  PlaybackStarted: "Call.PlaybackStarted",
  PlaybackFinished: "Call.PlaybackFinished",
  ToneReceived: "Call.ToneReceived",
  MicStatusChange: "Call.MicStatusChange",
  ToneDetected: "Call.ToneDetected",
  BeepDetectionComplete: "Call.BeepDetectionComplete",
  BeepDetectionError: "Call.BeepDetectionError",
  AudioIdentificationStarted: "Call.AudioIdentificationStarted",
  AudioIdentificationStopped: "Call.AudioIdentificationStopped",
  AudioIdentificationResult: "Call.AudioIdentificationResult",
  AudioIdentificationError: "Call.AudioIdentificationError",
  RecordStarted: "Call.RecordStarted",
  RecordStopped: "Call.RecordStopped",
  RecordError: "Call.RecordError",
};

const CallAudioQuality = { HD: "HD", STANDARD: "Standard" };

const LONGEST_CUSTOM_DATA = 200;
const LONGEST_BODY = 8192;

/// What the session is told that somebody listens to: it does other things where nobody does, and spares this
/// isolate the rest.
const tellsHost = { __proto__: null };
for (const name of keys(CallEvents)) tellsHost[CallEvents[name]] = name;

const calls = { __proto__: null };
const callKey = {};
let recordOf;

class Call {
  #record;

  constructor(...made) {
    if (made[0] !== callKey)
      throw typeError("a Call comes in, or VoxEngine.callUser, callSIP, callPSTN or callConference makes it; new does not");
    this.#record = made[1];
  }

  static {
    recordOf = (value) =>
      typeof value === "object" && value !== null && #record in value ? value.#record : undefined;
  }

  addEventListener(event, callback) {
    listenToCall(known(this, "addEventListener"), event, callback);
  }

  removeEventListener(event, callback) {
    const record = known(this, "removeEventListener");
    const gone = unlisten(record.listeners, eventName(event, "Call.removeEventListener"), callback);
    if (gone && tellsHost[event] !== undefined && phase === "running")
      host.listen(record.id, tellsHost[event], false);
  }

  id() {
    return known(this, "id").name;
  }

  state() {
    return known(this, "state").state;
  }

  incoming() {
    return known(this, "incoming").incoming;
  }

  callerid() {
    return known(this, "callerid").callerid;
  }

  displayName() {
    return known(this, "displayName").displayName;
  }

  number() {
    return known(this, "number").number;
  }

  clientType() {
    return known(this, "clientType").clientType;
  }

  headers() {
    return receivedHeaders(known(this, "headers").headers);
  }

  customData(customData) {
    const record = known(this, "customData");
    if (!absent(customData)) record.customData = shortText(customData, "Call.customData");
    return record.customData;
  }

  answer(extraHeaders, parameters) {
    const record = unanswered(this, "answer");
    if (record !== undefined) answerCall(record, extraHeaders, parameters);
  }

  reject(code, extraHeaders) {
    rejectCall(unanswered(this, "reject"), code, extraHeaders, "reject");
  }

  decline(code, extraHeaders) {
    rejectCall(unanswered(this, "decline"), code, extraHeaders, "decline");
  }

  ring(extraHeaders) {
    const record = unanswered(this, "ring");
    if (record !== undefined) host.ring(record.id, headersToSend(extraHeaders, "Call.ring"));
  }

  // The further parameters of VoxEngine concern video and codecs and change nothing here.
  startEarlyMedia(extraHeaders, scheme, maxVideoBitrate, audioLevelExtension, conferenceCall, disableDtxForAudio) {
    const record = unanswered(this, "startEarlyMedia");
    if (record !== undefined)
      host.startEarlyMedia(record.id, headersToSend(extraHeaders, "Call.startEarlyMedia"));
  }

  hangup(extraHeaders) {
    const record = living(this, "hangup");
    if (record !== undefined) host.hangup(record.id, headersToSend(extraHeaders, "Call.hangup"));
  }

  sendInfo(mimeType, body, headers) {
    const record = living(this, "sendInfo");
    if (record !== undefined) sendInfo(record, mimeType, body, headers);
  }

  sendMessage(text) {
    const record = living(this, "sendMessage");
    if (record !== undefined) sendMessage(record, text);
  }

  sendMediaTo(mediaUnit, parameters) {
    const record = living(this, "sendMediaTo");
    const unit = recordOfUnit(mediaUnit, "Call.sendMediaTo");
    if (record !== undefined) link(record, unit, "Call.sendMediaTo", parameters);
  }

  stopMediaTo(mediaUnit) {
    const record = living(this, "stopMediaTo");
    const unit = recordOfUnit(mediaUnit, "Call.stopMediaTo");
    if (record !== undefined) unlink(record, unit, "Call.stopMediaTo");
  }

  monitorMediaStatistics(parameters) {
    const record = living(this, "monitorMediaStatistics");
    const every = samplingInterval(parameters);
    if (record !== undefined) host.monitorMediaStatistics(record.id, every);
  }

  handleBlindTransfer(handle) {
    const record = living(this, "handleBlindTransfer");
    if (record !== undefined) host.handleBlindTransfer(record.id, !!handle);
  }

  notifyBlindTransferSuccess() {
    const record = transferring(this, "notifyBlindTransferSuccess");
    if (record !== undefined) host.transferSucceeded(record.id, stackHere());
  }

  notifyBlindTransferFailed(code, reason) {
    const record = transferring(this, "notifyBlindTransferFailed");
    if (record === undefined) return;
    const number = toNumber(code);
    host.transferFailed(
      record.id,
      number >= 0 && number <= 65535 ? floor(number) : 0,
      optionalText(reason),
      stackHere(),
    );
  }

  rejectBlindTransfer(code, reason) {
    const record = transferring(this, "rejectBlindTransfer");
    if (record === undefined) return;
    let number = absent(code) ? 603 : floor(toNumber(code));
    if (!(number >= 300 && number <= 699)) {
      warn("Call.rejectBlindTransfer: the code must be 300 to 699; 603 is sent");
      number = 603;
    }
    host.transferRejected(record.id, number, optionalText(reason), stackHere());
  }

  toString() {
    return "Call(" + (known(this, "toString").name) + ")";
  }
}

function newCall(record) {
  record.listeners = { __proto__: null };
  record.node = record.id;
  // What comes in to a session that runs already is numbered apart.
  record.name = sessionName + "-" + (record.id < 1073741824 ? record.id : "in" + (record.id - 1073741823));
  record.customData = "";
  record.transferOpen = false;
  record.refers = false;
  record.amd = record.heard = undefined;
  record.listensForVoice = false;
  record.placed = record.fromUri = record.transferee = record.joins = undefined;
  record.call = new Call(callKey, record);
  calls[record.id] = record;
  return record;
}

/// The record of a method's `this`.
function known(self, method) {
  const record = recordOf(self);
  if (record === undefined)
    throw typeError("Call." + method + " was called without its call; write () => call." + method + "()");
  return record;
}

/// As `known`, but undefined, with a warning, where the call can do nothing any more.
function living(self, method) {
  return stillLiving(known(self, method), "Call." + method);
}

function stillLiving(record, what) {
  if (phase !== "running") warn(what + " does nothing: the session is ending");
  else if (record.state === "TERMINATED")
    warn(what + " does nothing: the " + (record.kind === undefined ? "call" : lower(record.kind)) + " has ended");
  else return record;
  return undefined;
}

/// For what can be done only to an incoming call that is not answered yet.
function unanswered(self, method) {
  const record = living(self, method);
  if (record === undefined) return undefined;
  if (!record.incoming) warn("Call." + method + " does nothing: it is for incoming calls");
  else if (record.state === "CONNECTED") warn("Call." + method + " does nothing: the call is answered already");
  else return record;
  return undefined;
}

/// A transfer's verdict is owed even where the transferor has hung up.
function transferring(self, method) {
  const record = known(self, method);
  if (phase !== "running") {
    warn("Call." + method + " does nothing: the session is ending");
    return undefined;
  }
  if (!record.transferOpen) {
    warn("Call." + method + " does nothing: no transfer waits for a verdict");
    return undefined;
  }
  record.transferOpen = false;
  return record;
}

function listenToCall(record, event, callback) {
  const first = listen(record.listeners, eventName(event, "Call.addEventListener"), callback);
  if (first && tellsHost[event] !== undefined && phase === "running")
    host.listen(record.id, tellsHost[event], true);
}

function answerCall(record, extraHeaders, parameters) {
  const displayName = field(parameters, "displayName");
  host.answer(
    record.id,
    headersToSend(extraHeaders, "Call.answer"),
    // The older form is answer(headers, scheme); a scheme has no display name.
    typeof displayName === "string" ? host.plainText(textOf(displayName), "displayName") : undefined,
  );
}

function rejectCall(record, code, extraHeaders, method) {
  if (record === undefined) return;
  let number = absent(code) ? 603 : floor(toNumber(code));
  if (!(number >= 300 && number <= 699)) {
    warn("Call." + method + ": the code must be 300 to 699; 603 is sent");
    number = 603;
  }
  host.reject(record.id, number, headersToSend(extraHeaders, "Call." + method));
}

function sendInfo(record, mimeType, body, headers) {
  const type = host.mimeType(textOf(mimeType));
  host.sendInfo(record.id, type, bodyText(body, "Call.sendInfo"), headersToSend(headers, "Call.sendInfo"));
}

function sendMessage(record, text) {
  host.sendMessage(record.id, bodyText(text, "Call.sendMessage"));
}

function bodyText(value, what) {
  const text = absent(value) ? "" : textOf(value);
  if (text.length > LONGEST_BODY || host.bytes(text) > LONGEST_BODY)
    throw rangeError(what + ": the body may have " + LONGEST_BODY + " bytes");
  return text;
}

function shortText(value, what) {
  const text = textOf(value);
  if (text.length > LONGEST_CUSTOM_DATA || host.bytes(text) > LONGEST_CUSTOM_DATA)
    throw rangeError(what + " may have " + LONGEST_CUSTOM_DATA + " bytes");
  return text;
}

/// In milliseconds; 0: none.
function samplingInterval(parameters) {
  const monitor = field(parameters, "monitor");
  const interval = field(parameters, "interval");
  if (!absent(monitor) && !monitor) return 0;
  const number = absent(interval) ? 5000 : floor(toNumber(interval));
  if (!(number >= 1000 && number <= 3600000))
    throw rangeError("Call.monitorMediaStatistics: interval must be 1000 to 3600000 milliseconds");
  return number;
}

/// Of one direction; what the far end has not told is absent.
const mediaSample = ({ id, packets, loss, jitter_us }) => ({
  id,
  numPackets: packets,
  packetLoss: loss === null ? undefined : loss / 100,
  jitter: jitter_us === null ? undefined : jitter_us / 1000,
});

function recordOfCall(call, what) {
  const record = recordOf(call);
  if (record === undefined) throw typeError(what + ": " + shown(call) + " is not a call");
  return record;
}

/// The units that are no calls, and how the record of one is found: their part says, where it is loaded.
const units = { __proto__: null };
let recordOfOther = () => undefined;

const unitsAre = (recordOf) => {
  recordOfOther = recordOf;
};

const nameOfUnit = (id) => sessionName + "-u" + id;
const isRunning = () => phase === "running";

/// Of a call or of another media unit.
function recordOfUnit(unit, what) {
  let record = recordOf(unit);
  if (record === undefined) record = recordOfOther(unit);
  if (record === undefined) throw typeError(what + ": " + shown(unit) + " is not a call or another media unit");
  return record;
}

const shown = (value) => (absent(value) ? value : "this " + typeof value);

/// A unit may have a way of its own to be linked, with parameters.
function link(from, to, what, parameters) {
  if (!stillLiving(from, what) || !stillLiving(to, what)) return;
  const own = to.link ?? from.link;
  if (own === undefined) host.link(from.node, to.node);
  else own(from, to, parameters, what);
  hears(to, from);
}

/// What a unit heard last, for those of which somebody asks. A recorder has nothing to say.
function hears(to, from) {
  if (from.kind !== "Recorder" && from.kind !== "ConferenceRecorder") to.heard = from;
}

function hearsNoMore(to, from) {
  if (to.heard === from) to.heard = undefined;
}

function unlink(from, to, what, parameters) {
  if (!stillLiving(from, what) || !stillLiving(to, what)) return;
  const own = to.unlink ?? from.unlink;
  if (own === undefined) host.unlink(from.node, to.node);
  else own(from, to, parameters, what);
  hearsNoMore(to, from);
}

/// A transferor that was called back has answered: it talks to its old partner again.
function joinRecalled(record) {
  const partner = record.joins;
  record.joins = undefined;
  if (partner.state === "TERMINATED") return;
  host.link(record.id, partner.id);
  host.link(partner.id, record.id);
}

/// What the session says of a call: first the state, then the event.
function callNews(record, state, kind, news) {
  const { call, name: id } = record;
  const name = CALL_EVENT_PREFIX + kind;
  const headers = () => receivedHeaders(news.headers);
  if (state !== record.state) {
    const oldState = record.state;
    record.state = state;
    raise(record.listeners, "Call.StateChanged", () => ({
      call,
      name: "Call.StateChanged",
      id,
      oldState,
      newState: state,
    }));
  }
  switch (kind) {
    case "Connected":
      if (!record.incoming) record.headers = news.headers;
      if (record.joins !== undefined) joinRecalled(record);
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        customData: record.customData,
        headers: headers(),
        scheme: news.scheme === null ? undefined : news.scheme,
      }));
    case "Failed":
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        headers: headers(),
        code: news.code,
        reason: news.reason,
      }));
    case "Disconnected":
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        headers: headers(),
        internalCode: news.internal_code,
        reason: news.reason,
        duration: news.duration_s,
        cost: 0,
        direction: news.direction,
      }));
    case "Ringing":
    case "AudioStarted":
      return raise(record.listeners, name, () => ({ call, name, id, headers: headers() }));
    case "InfoReceived":
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        headers: headers(),
        mimeType: news.mime_type,
        body: news.body,
      }));
    case "MessageReceived":
      return raise(record.listeners, name, () => ({ call, name, id, headers: headers(), text: news.text }));
    case "BlindTransferRequested":
      record.transferOpen = true;
      record.transferee = news.transferee === null ? undefined : calls[news.transferee];
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        headers: headers(),
        transferTo: news.transfer_to,
        transferee: record.transferee === undefined ? undefined : record.transferee.call,
        replaces: news.replaces === null ? undefined : news.replaces,
        deadlineMs: news.deadline_ms,
      }));
    case "TransferProgress":
      return raise(record.listeners, name, () => ({ call, name, id, status: news.status, reason: news.reason }));
    case "TransferComplete":
      if (news.own !== null) record.refers = false;
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        headers: headers(),
        role: news.role,
        referStatus: field(news.own, "referStatus"),
        finalStatus: field(news.own, "finalStatus"),
      }));
    case "TransferFailed":
      if (news.own !== null) record.refers = false;
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        headers: headers(),
        role: news.role,
        code: news.code,
        reason: news.reason,
        referStatus: field(news.own, "referStatus"),
        finalStatus: field(news.own, "finalStatus"),
      }));
    case "AudioQualityDetected":
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        quality: news.hd ? "HD" : "Standard",
      }));
    case "MediaStatisticsReceived":
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        audio: { in: [mediaSample(news.heard)], out: [mediaSample(news.said)] },
      }));
    case "PlaybackStarted":
      return raise(record.listeners, name, () => ({ call, name, id, duration: news.duration_s }));
    case "PlaybackFinished":
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        error: news.error === null ? undefined : news.error,
      }));
    case "MicStatusChange":
      return raise(record.listeners, name, () => ({ call, name, id, active: news.active }));
    case "ToneDetected":
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        ProgressTone: news.tone !== "voicemail",
        VoicemailTone: news.tone === "voicemail",
        tone: news.tone,
      }));
    case "BeepDetectionComplete":
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        frequencies: news.frequency === null ? undefined : [news.frequency],
        timeout: news.timeout === null ? undefined : news.timeout,
      }));
    case "BeepDetectionError":
      return raise(record.listeners, name, () => ({ call, name, id, reason: news.reason }));
    case "AudioIdentificationResult":
      raise(record.listeners, name, () => ({
        call,
        name,
        id,
        audioType: news.class,
        audioSubType: "NONE",
        confidence: news.confidence,
      }));
      if (record.amd !== undefined) record.amd(news);
      return;
    case "ToneReceived":
      return raise(record.listeners, name, () => ({ call, name, id, tone: news.tone, type: news.kind }));
    case "RecordStarted":
      return raise(record.listeners, name, () => ({ call, name, id, url: news.url }));
    case "RecordStopped":
      return raise(record.listeners, name, () => ({
        call,
        name,
        id,
        url: news.url,
        cost: "0",
        duration: news.duration_s,
      }));
    case "RecordError":
      return raise(record.listeners, name, () => ({ call, name, id, error: news.error }));
    default:
      // OnHold, OffHold, FirstAudioPacketReceived, PlaybackReady, RtpStopped, RtpResumed and Statistics say nothing more.
      return raise(record.listeners, name, () => ({ call, name, id }));
  }
}

const CALL_EVENT_PREFIX = "Call.";
exposeClass("Call", Call);
expose("CallEvents", CallEvents);
expose("CallAudioQuality", CallAudioQuality);
