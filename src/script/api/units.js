// What every media unit that is no call has, whatever its kind: listeners, a name, and, where it sounds, whom it sends
// its sound to. A unit carries its record in a private field, as a Call does.

const { absent, eventName, isRunning, listen, link, recordOfUnit, nameOfUnit, preventExtensions, stillLiving } = core;
const { typeError, unitsAre, unlink, unlisten, units } = core;

const unitKey = {};
let lastUnit = 0;
let recordOf;

class Unit {
  #record;

  // The key, the record, and what a script is told that writes `new`.
  constructor(...made) {
    if (made[0] !== unitKey) throw typeError(made[2]);
    this.#record = made[1];
  }

  static {
    recordOf = (value) =>
      typeof value === "object" && value !== null && #record in value ? value.#record : undefined;
  }

  addEventListener(event, callback) {
    const record = known(this, "addEventListener");
    const first = listen(record.listeners, eventName(event, record.kind + ".addEventListener"), callback);
    if (first) tellHost(record, event, true);
  }

  removeEventListener(event, callback) {
    const record = known(this, "removeEventListener");
    const gone = unlisten(record.listeners, eventName(event, record.kind + ".removeEventListener"), callback);
    if (gone) tellHost(record, event, false);
  }

  id() {
    return known(this, "id").name;
  }

  toString() {
    const record = known(this, "toString");
    return record.kind + "(" + record.name + ")";
  }
}

/// A unit that is heard.
class MediaUnit extends Unit {
  constructor(...made) {
    super(made[0], made[1], made[2]);
  }

  sendMediaTo(mediaUnit, parameters) {
    const record = known(this, "sendMediaTo");
    const what = record.kind + ".sendMediaTo";
    link(record, recordOfUnit(mediaUnit, what), what, parameters);
  }

  stopMediaTo(mediaUnit) {
    const record = known(this, "stopMediaTo");
    const what = record.kind + ".stopMediaTo";
    unlink(record, recordOfUnit(mediaUnit, what), what);
  }
}

/// The session is spared what nobody listens to.
function tellHost(record, event, on) {
  const name = record.events[event];
  if (name !== undefined && isRunning()) host.listen(record.id, name, on);
}

/// Its listener of the form `unit.onevent = callback`, in the place of the one before.
function setUnitListener(record, event, before, callback) {
  if (before !== undefined && unlisten(record.listeners, event, before)) tellHost(record, event, false);
  if (typeof callback === "function" && listen(record.listeners, event, callback)) tellHost(record, event, true);
}

/// The record of a method's `this`.
function known(self, method) {
  const record = recordOf(self);
  if (record === undefined)
    throw typeError(method + " was called without its object; write () => object." + method + "()");
  return record;
}

/// A unit of `kind` (as errors and its events name it) and its record. `events`: from the value of each event that
/// the session can tell to its name there. `news`: called with what the session tells of it. `given`: its number, where
/// the session has made it.
function newUnit(Class, kind, events, news, given) {
  if (given === undefined) lastUnit += 1;
  const id = given === undefined ? lastUnit : given;
  const record = {
    __proto__: null,
    id,
    node: -id,
    heard: undefined,
    kind,
    events,
    news,
    name: nameOfUnit(id),
    state: isRunning() ? "LIVE" : "TERMINATED",
    listeners: { __proto__: null },
    unit: undefined,
  };
  record.unit = new Class(unitKey, record);
  units[record.id] = record;
  return record;
}

/// Nothing more comes of it.
function endUnit(record) {
  record.state = "TERMINATED";
  delete units[record.id];
}

/// As `known`, but undefined, with a warning, where the unit can do nothing any more.
function livingUnit(self, method) {
  const record = known(self, method);
  return stillLiving(record, record.kind + "." + method);
}

// As of what is exposed.
preventExtensions(Unit);
preventExtensions(MediaUnit);
unitsAre(recordOf);
core.MediaUnit = MediaUnit;
core.Unit = Unit;
core.newUnit = newUnit;
core.endUnit = endUnit;
core.knownUnit = known;
core.livingUnit = livingUnit;
core.setUnitListener = setUnitListener;
core.unitHost = host;
