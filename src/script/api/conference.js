// Conferences: everybody in one hears the others. A call comes in by sendMediaTo and sendMediaBetween, or as an
// endpoint, by add.

const { MediaUnit, VoxEngine, absent, define, endUnit, expose, exposeClass, field, isRunning, keys, knownUnit } = core;
const { livingUnit, newUnit, raise, recordOfCall, recordOfUnit, stringify, textOf, toNumber, typeError, unitHost, warn } = core;
const NativePromise = Promise;

const EVENTS = {
  __proto__: null,
  Started: "Conference.Started",
  Stopped: "Conference.Stopped",
  EndpointAdded: "Conference.EndpointAdded",
  EndpointUpdated: "Conference.EndpointUpdated",
  EndpointRemoved: "Conference.EndpointRemoved",
  EndpointManaged: "Conference.EndpointManaged",
  ConferenceError: "Conference.Error",
};
const MODES = { __proto__: null, MIX: 0, FORWARD: 1 };
const DIRECTIONS = { __proto__: null, SEND: 0, RECEIVE: 1, BOTH: 2 };

const KIND = "Conference";
const LONGEST_NAME = 200;

/// Of what a receive parameter may name.
const MOST_NAMED = 200;

/// As a script sees it.
function plain(names) {
  const shown = {};
  for (const name in names) define(shown, name, names[name]);
  return shown;
}

const conferenceOf = (value, what) => {
  const record = recordOfUnit(value, what);
  if (record.kind !== KIND) throw typeError(what + ": this is no conference");
  return record;
};

class Conference extends MediaUnit {
  constructor(...made) {
    super(made[0], made[1], "VoxEngine.createConference makes a Conference; new does not");
  }

  // The older name of id().
  getId() {
    return knownUnit(this, "getId").name;
  }

  add(parameters) {
    return add(livingUnit(this, "add") ?? knownUnit(this, "add"), parameters);
  }

  get(id) {
    const endpoint = endpoints(this, "get")[absent(id) ? "" : textOf(id)];
    return endpoint === undefined ? undefined : endpoint.endpoint;
  }

  getList() {
    const own = endpoints(this, "getList");
    const list = [];
    for (const id in own) define(list, list.length, own[id].endpoint);
    return list;
  }

  stop() {
    const record = livingUnit(this, "stop");
    if (record !== undefined) host.stop(record.id);
  }
}

const endpoints = (conference, method) => knownUnit(conference, method).endpoints;

const endpointKey = {};
let endpointOf;

class Endpoint {
  #own;

  constructor(...made) {
    if (made[0] !== endpointKey) throw typeError("Conference.add makes an Endpoint; new does not");
    this.#own = made[1];
  }

  static {
    endpointOf = (value, method) => {
      if (typeof value !== "object" || value === null || !(#own in value))
        throw typeError("Endpoint." + method + " was called without its endpoint");
      return value.#own;
    };
  }

  id() {
    return endpointOf(this, "id").id;
  }

  getCall() {
    return endpointOf(this, "getCall").call;
  }

  getMode() {
    return endpointOf(this, "getMode").mode;
  }

  getDirection() {
    return endpointOf(this, "getDirection").direction;
  }

  setDisplayName(displayName) {
    const own = there(endpointOf(this, "setDisplayName"), "setDisplayName");
    if (own === undefined) return;
    own.displayName = nameOf(displayName, "Endpoint.setDisplayName");
    host.update(own.conference.id, own.number);
  }

  manageEndpoint(parameters) {
    const own = endpointOf(this, "manageEndpoint");
    const wish = receive(own.conference, parameters, "Endpoint.manageEndpoint");
    return new NativePromise((resolve) => {
      // Of an endpoint that is gone nothing is heard.
      if (there(own, "manageEndpoint") === undefined) return resolve();
      own.waiting[own.asked] = resolve;
      own.asked += 1;
      manage(own, wish);
    });
  }

  toString() {
    return "Endpoint(" + endpointOf(this, "toString").id + ")";
  }
}

function there(own, method) {
  if (isRunning() && own.conference.endpoints[own.id] === own) return own;
  warn("Endpoint." + method + " does nothing: the endpoint has left its conference");
  return undefined;
}

const nameOf = (value, what) => {
  const name = absent(value) ? "" : textOf(value);
  if (name.length > LONGEST_NAME) throw typeError(what + ": a name may have " + LONGEST_NAME + " characters");
  return name;
};

/// One of an enum's names: it may be given as the name or as the number.
function choice(names, value, fallback, what) {
  if (absent(value)) return fallback;
  let all = "";
  for (const name in names) {
    if (value === name || value === names[name]) return name;
    all += (all === "" ? "" : ", ") + name;
  }
  throw typeError(what + " must be one of " + all);
}

function add(record, parameters) {
  const what = "Conference.add";
  const callRecord = recordOfCall(field(parameters, "call"), what + ": call");
  const mode = choice(MODES, field(parameters, "mode"), "MIX", what + ": mode");
  const direction = choice(DIRECTIONS, field(parameters, "direction"), "BOTH", what + ": direction");
  const displayName = nameOf(field(parameters, "displayName"), what + ": displayName");
  const wanted = field(parameters, "receiveParameters");
  const wish = absent(wanted) ? undefined : receive(record, wanted, what + ": receiveParameters");
  let own;
  for (const id in record.endpoints) if (record.endpoints[id].callRecord === callRecord) own = record.endpoints[id];
  const isNew = own === undefined;
  if (isNew) {
    record.lastEndpoint += 1;
    own = {
      __proto__: null,
      id: record.name + "-e" + record.lastEndpoint,
      number: record.lastEndpoint,
      conference: record,
      call: callRecord.call,
      callRecord,
      waiting: { __proto__: null },
      asked: 0,
      answered: 0,
      endpoint: undefined,
    };
    own.endpoint = new Endpoint(endpointKey, own);
    // A conference that is over takes nobody, and has said so.
    if (record.state === "LIVE" && isRunning()) record.endpoints[own.id] = own;
  }
  own.mode = mode;
  own.direction = direction;
  if (displayName !== "" || isNew) own.displayName = displayName;
  if (record.endpoints[own.id] === own) {
    host.add(record.id, own.number, callRecord.id, direction);
    if (wish !== undefined) {
      own.waiting[own.asked] = () => undefined;
      own.asked += 1;
      manage(own, wish);
    }
  }
  return own.endpoint;
}

/// Whose sound an endpoint is to receive: by endpoint, of all, and of those that come later.
function receive(record, parameters, what) {
  if (typeof parameters !== "object" || parameters === null) throw typeError(what + ": an object by endpoint is needed");
  const wish = [];
  const names = keys(parameters);
  if (names.length > MOST_NAMED) throw typeError(what + ": at most " + MOST_NAMED + " endpoints");
  for (let n = 0; n < names.length; n++) {
    const name = names[n];
    const audio = field(parameters[name], "audio");
    // Video alone is nothing here.
    if (absent(audio)) continue;
    const on = toNumber(field(audio, "length")) > 0;
    if (name === "all" || name === "new") {
      define(wish, wish.length, { __proto__: null, of: name, number: 0, on });
    } else {
      const other = record.endpoints[name];
      if (other === undefined) warn(what + ": there is no endpoint " + name);
      else define(wish, wish.length, { __proto__: null, of: "one", number: other.number, on });
    }
  }
  return wish;
}

/// Whoever waits for it is told in its turn.
function manage(own, wish) {
  // Its promise waits for this, whoever listens.
  unitHost.listen(own.conference.id, "EndpointManaged", true);
  host.manage(own.conference.id, own.number, stringify(wish));
}

function conferenceNews(record, name, news) {
  const conference = record.unit;
  const event = EVENTS[name];
  const number = news.endpoint;
  let own;
  for (const id in record.endpoints) if (record.endpoints[id].number === number) own = record.endpoints[id];
  switch (name) {
    case "Started":
      return raise(record.listeners, event, () => ({ conference, name: event }));
    case "Stopped":
      record.endpoints = { __proto__: null };
      endUnit(record);
      return raise(record.listeners, event, () => ({ conference, name: event }));
    case "ConferenceError":
      if (own !== undefined && news.gone) delete record.endpoints[own.id];
      return raise(record.listeners, event, () => ({
        conference,
        name: event,
        error: news.error,
        code: news.code,
        endpointId: own === undefined ? undefined : own.id,
      }));
  }
  if (own === undefined) return;
  const { mode, direction, id: endpointId, endpoint } = own;
  if (name === "EndpointRemoved") delete record.endpoints[own.id];
  if (name === "EndpointManaged" && own.answered < own.asked) {
    const resolve = own.waiting[own.answered];
    delete own.waiting[own.answered];
    own.answered += 1;
    resolve();
  }
  return raise(record.listeners, event, () => ({ conference, name: event, mode, direction, endpointId, endpoint }));
}

function createConference(parameters) {
  const events = { __proto__: null };
  for (const name in EVENTS) events[EVENTS[name]] = name;
  const record = newUnit(Conference, KIND, events, conferenceNews);
  record.endpoints = { __proto__: null };
  record.lastEndpoint = 0;
  if (isRunning()) host.conference(record.id, !!field(parameters, "hd_audio"));
  else warn("VoxEngine.createConference does nothing: the session is ending");
  return record.unit;
}

VoxEngine.createConference = createConference;
VoxEngine.destroyConference = (conference) => {
  const record = conferenceOf(conference, "VoxEngine.destroyConference");
  if (record.state === "LIVE" && isRunning()) host.stop(record.id);
};
exposeClass("Conference", Conference);
exposeClass("Endpoint", Endpoint);
expose("ConferenceEvents", plain(EVENTS));
expose("ConferenceMode", plain(MODES));
expose("ConferenceDirection", plain(DIRECTIONS));
