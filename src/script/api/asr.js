// Recognising speech.

const {
  MediaUnit,
  NativeProxy,
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
  knownUnit,
  livingUnit,
  newUnit,
  raise,
  stackHere,
  stringify,
  textOf,
  typeError,
  warn,
} = core;

const ASREvents = {
  Started: "ASR.Started",
  CaptureStarted: "ASR.CaptureStarted",
  SpeechCaptured: "ASR.SpeechCaptured",
  InterimResult: "ASR.InterimResult",
  Result: "ASR.Result",
  ASRError: "ASR.Error",
  Stopped: "ASR.Stopped",
};

class ASR extends MediaUnit {
  constructor(...made) {
    super(made[0], made[1], "VoxEngine.createASR makes an ASR; new does not");
  }

  language() {
    return knownUnit(this, "language").language;
  }

  dictionary() {
    const { phrases } = knownUnit(this, "dictionary");
    const list = [];
    for (let n = 0; n < phrases.length; n++) define(list, n, phrases[n]);
    return list;
  }

  stop() {
    const record = livingUnit(this, "stop");
    if (record === undefined) return;
    record.heard = undefined;
    host.stop(record.id);
  }
}

const told = { __proto__: null };
for (const name of keys(ASREvents)) told[ASREvents[name]] = name;

/// The older forms are createASR({lang, dict}) and createASR(lang, dict).
function createASR(parameters, ...older) {
  const what = "VoxEngine.createASR";
  const given = typeof parameters === "object" && parameters !== null;
  let language = parameters;
  let phrases = older[0];
  const rest = { __proto__: null };
  if (given) {
    language = field(parameters, "profile");
    if (absent(language)) language = field(parameters, "lang");
    phrases = field(parameters, "phraseHints");
    if (absent(phrases)) phrases = field(parameters, "dict");
    const names = keys(parameters);
    for (let n = 0; n < names.length; n++) {
      const name = names[n];
      if (name !== "lang" && name !== "dict") define(rest, name, parameters[name]);
    }
  } else if (typeof parameters === "function") throw typeError(what + ": the parameters are an object, or the language");
  const list = phrasesOf(phrases);
  if (list.length > 0) define(rest, "phraseHints", list);
  const json = stringify(rest);
  const record = newUnit(ASR, "ASR", told, asrNews);
  record.language = absent(language) ? "" : textOf(language);
  record.phrases = list;
  if (isRunning()) host.create(record.id, absent(language) ? undefined : record.language, json, stackHere());
  else warn(what + " does nothing: the session is ending");
  return record.unit;
}

/// A list of phrases, or a dictionary by its name.
function phrasesOf(given) {
  const list = [];
  if (absent(given)) return list;
  if (!isArray(given)) define(list, 0, textOf(given));
  else for (let n = 0; n < given.length; n++) define(list, n, textOf(given[n]));
  return list;
}

function asrNews(record, name, news) {
  const asr = record.unit;
  const event = ASREvents[name];
  if (name === "Stopped") endUnit(record);
  switch (name) {
    case "InterimResult":
      return raise(record.listeners, event, () => ({ asr, name: event, text: news.text }));
    case "Result":
      return raise(record.listeners, event, () => ({
        asr,
        name: event,
        text: news.text,
        confidence: news.confidence,
        resultEndTime: news.end_s === null ? undefined : news.end_s,
        channelTag: undefined,
        languageCode: news.language === null ? undefined : news.language,
      }));
    case "ASRError":
      return raise(record.listeners, event, () => ({ asr, name: event, error: news.error }));
    case "Stopped":
      return raise(record.listeners, event, () => ({ asr, name: event, cost: "0", duration: news.duration_s }));
    default:
      // Started, CaptureStarted and SpeechCaptured say nothing more.
      return raise(record.listeners, event, () => ({ asr, name: event }));
  }
}

/// Every name is one, with this prefix; in a list of profiles or models the first name is the provider's.
function names(prefix, ofProviders) {
  return new NativeProxy(
    { __proto__: null },
    {
      __proto__: null,
      get(_, name) {
        if (typeof name !== "string") return undefined;
        return ofProviders ? names(name + ".", false) : prefix + name;
      },
      set: () => false,
      defineProperty: () => false,
      setPrototypeOf: () => false,
    },
  );
}

VoxEngine.createASR = createASR;
exposeClass("ASR", ASR);
expose("ASREvents", ASREvents);
expose("ASRLanguage", names("", false));
expose("ASRDictionary", names("", false));
expose("ASRProfileList", names("", true));
expose("ASRModelList", names("", true));
