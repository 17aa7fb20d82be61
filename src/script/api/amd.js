// AMD: who has picked up, a human or a machine. The session listens and tells the call; this tells the detector, and
// keeps its promise. There is no model behind it: the name of one is taken and changes nothing.

const {
  absent,
  amdIs,
  define,
  eventName,
  expose,
  field,
  keys,
  listen,
  nameOfUnit,
  raise,
  rangeError,
  recordOfCall,
  toNumber,
  typeError,
  unlisten,
} = core;

const NativePromise = Promise;
const later = async (deed) => {
  await undefined;
  deed();
};

const Events = {
  DetectionComplete: "AMD.Events.DetectionComplete",
  DetectionError: "AMD.Events.DetectionError",
};
const Model = {
  BR: "br",
  CL: "cl",
  CO: "colombia",
  ES: "es",
  EU_GENERAL: "eu_general",
  KZ: "kz",
  MX: "mx",
  PE: "pe",
  PH: "ph",
  RU: "ru",
  US: "us",
};
const ResultClass = { CALL_ENDED: "CALL_ENDED", HUMAN: "HUMAN", TIMEOUT: "TIMEOUT", VOICEMAIL: "VOICEMAIL" };
const ResultSubtype = { MIMIC: "MIMIC", NONE: "NONE" };

const models = { __proto__: null };
for (const name of keys(Model)) models[Model[name]] = true;

const USUAL_TIMEOUT = 6500;
const LONGEST_TIMEOUT = 20000;
const USUAL_THRESHOLD = 60;

const amdKey = {};
let lastDetector = 0;
let recordOf;

class AnsweringMachineDetector {
  #record;

  constructor(key, record) {
    if (key !== amdKey) throw typeError("a detector is made by AMD.create, not by new");
    this.#record = record;
    define(this, "model", record.model);
    define(this, "timeout", record.timeout);
    define(this, "call", undefined);
  }

  static {
    recordOf = (value) =>
      typeof value === "object" && value !== null && #record in value ? value.#record : undefined;
  }

  id() {
    return known(this, "id").name;
  }

  detect() {
    const record = known(this, "detect");
    if (record.promise === undefined)
      record.promise = new NativePromise((keep) => {
        record.keep = keep;
      });
    // With a call it begins now; one that was given to a new call begins by itself.
    if (record.stage === "new" && record.of !== undefined) begin(record);
    else if (record.stage === "new") failLater(record, "the detector has no call");
    return record.promise;
  }

  addEventListener(event, callback) {
    const record = known(this, "addEventListener");
    listen(record.listeners, eventName(event, "AnsweringMachineDetector.addEventListener"), callback);
  }

  removeEventListener(event, callback) {
    const record = known(this, "removeEventListener");
    unlisten(record.listeners, eventName(event, "AnsweringMachineDetector.removeEventListener"), callback);
  }
}

function known(self, method) {
  const record = recordOf(self);
  if (record === undefined)
    throw typeError("AnsweringMachineDetector." + method + " was called without its detector");
  return record;
}

function create(parameters) {
  const what = "AMD.create";
  const model = field(parameters, "model");
  if (typeof model !== "string" || models[model] !== true) throw typeError(what + ": the model is one of AMD.Model");
  const given = field(parameters, "timeout");
  const timeout = absent(given) ? USUAL_TIMEOUT : toNumber(given);
  if (!(timeout >= 0 && timeout <= LONGEST_TIMEOUT))
    throw rangeError(what + ": the timeout is 0 to " + LONGEST_TIMEOUT + " milliseconds");
  const thresholds = field(parameters, "thresholds");
  const call = field(parameters, "call");
  lastDetector += 1;
  const record = {
    __proto__: null,
    name: nameOfUnit("amd" + lastDetector),
    model,
    timeout,
    human: threshold(thresholds, "human", what),
    machine: threshold(thresholds, "voicemail", what),
    stage: "new",
    of: absent(call) ? undefined : recordOfCall(call, what),
    listeners: { __proto__: null },
    amd: undefined,
    promise: undefined,
    keep: undefined,
  };
  threshold(thresholds, "mimic", what);
  record.amd = new AnsweringMachineDetector(amdKey, record);
  if (record.of !== undefined) define(record.amd, "call", record.of.call);
  return record.amd;
}

/// In percent.
function threshold(thresholds, name, what) {
  const given = field(thresholds, name);
  if (absent(given)) return USUAL_THRESHOLD;
  const share = toNumber(given);
  if (!(share >= 0 && share <= 1)) throw rangeError(what + ": a threshold is 0 to 1");
  return share * 100 - ((share * 100) % 1);
}

function begin(record) {
  record.stage = "asked";
  const { of } = record;
  if (of.state === "TERMINATED") return failLater(record, "the call has ended");
  if (of.amd !== undefined) return failLater(record, "the call has a detector already");
  of.amd = (news) => heard(record, news);
  host.detectParty(of.id, record.timeout - (record.timeout % 1), record.human, record.machine);
}

/// What the session tells of the call.
function heard(record, news) {
  record.stage = "over";
  const { amd, of } = record;
  of.amd = undefined;
  tell(record, Events.DetectionComplete, () => ({
    amd,
    call: of.call,
    callId: of.name,
    resultClass: news.class,
    resultSubtype: ResultSubtype.NONE,
    confidence: news.confidence,
  }));
}

/// After what called it.
function failLater(record, message) {
  record.stage = "over";
  later(() => {
    const { amd, of } = record;
    if (of !== undefined) {
      const name = "Call.AudioIdentificationError";
      raise(of.listeners, name, () => ({ call: of.call, name, id: of.name }));
    }
    const callId = of === undefined ? undefined : of.name;
    tell(record, Events.DetectionError, () => ({ amd, callId, message }));
  });
}

function tell(record, event, make) {
  if (record.keep !== undefined) record.keep(make());
  raise(record.listeners, event, make);
}

/// What a new call is given as `amd`: checked now, begun once there is a call.
amdIs((value, what) => {
  const record = recordOf(value);
  if (record === undefined) throw typeError(what + ": amd is no detector; AMD.create makes one");
  if (record.of !== undefined || record.stage !== "new") throw typeError(what + ": the detector has a call already");
  return (call) => {
    record.of = call;
    define(record.amd, "call", call.call);
    begin(record);
  };
});

expose("AMD", { Events, Model, ResultClass, ResultSubtype, create });
