// Players, and what a call plays to itself.

const {
  Call,
  MediaUnit,
  VoxEngine,
  absent,
  define,
  endUnit,
  expose,
  field,
  isRunning,
  keys,
  known,
  livingUnit,
  newUnit,
  raise,
  rangeError,
  stillLiving,
  textOf,
  toNumber,
  typeError,
  unitHost,
  warn,
} = core;

const PlayerEvents = {
  Created: "Player.Created",
  PlaybackReady: "Player.PlaybackReady",
  Started: "Player.Started",
  PlaybackMarkerReached: "Player.PlaybackMarkerReached",
  Stopped: "Player.Stopped",
  PlaybackFinished: "Player.PlaybackFinished",
};

const told = { __proto__: null };
for (const name of keys(PlayerEvents)) told[PlayerEvents[name]] = name;

let playersActive = 0;

class Player extends MediaUnit {
  constructor(key, record) {
    super(key, record);
  }

  pause() {
    steer(this, "pause", 0);
  }

  resume() {
    steer(this, "resume", 0);
  }

  stop() {
    steer(this, "stop", 0);
  }

  addMarker(offset) {
    const ms = toNumber(offset);
    if (!(ms >= 0)) throw rangeError("Player.addMarker: the offset must be 0 or more milliseconds");
    steer(this, "mark", ms);
  }
}

function steer(player, order, ms) {
  const method = order === "mark" ? "addMarker" : order;
  const record = livingUnit(player, method);
  if (record !== undefined) unitHost.steerPlayer(record.id, order, ms);
}

/// A player that counts: no session has more of them at a time than its limit. `create` asks for it.
function newPlayer(what, create) {
  if (isRunning() && playersActive >= unitHost.players)
    throw rangeError(what + ": " + unitHost.players + " players are there already, which is the limit");
  const record = newUnit(Player, "Player", told, playerNews);
  if (isRunning()) {
    playersActive += 1;
    create(record.id);
  } else {
    warn(what + " does nothing: the session is ending");
  }
  return record.unit;
}

function playerNews(record, name, news) {
  const player = record.unit;
  const event = PlayerEvents[name];
  if (name === "Stopped" || name === "PlaybackFinished") {
    endUnit(record);
    playersActive -= 1;
  }
  switch (name) {
    case "Started":
      return raise(record.listeners, event, () => ({ player, name: event, duration: news.duration_s }));
    case "PlaybackMarkerReached":
      return raise(record.listeners, event, () => ({ player, name: event, offset: news.offset_ms }));
    case "PlaybackFinished":
      return raise(record.listeners, event, () => ({
        player,
        name: event,
        error: news.error === null ? undefined : news.error,
      }));
    default:
      // Created, PlaybackReady and Stopped say nothing more.
      return raise(record.listeners, event, () => ({ player, name: event }));
  }
}

function createToneScriptPlayer(script, parameters) {
  const what = "VoxEngine.createToneScriptPlayer";
  if (absent(script)) throw typeError(what + ": the tone script is missing");
  const text = textOf(script);
  // The older form is createToneScriptPlayer(script, loop).
  const loop = typeof parameters === "object" ? !!field(parameters, "loop") : !!parameters;
  return newPlayer(what, (id) => unitHost.tonePlayer(id, text, loop));
}

const COUNTRIES = { __proto__: null, US: "US", RU: "RU" };

function playProgressTone(record, country) {
  const what = "Call.playProgressTone";
  const known = COUNTRIES[textOf(country)];
  if (known === undefined) throw typeError(what + ': the country must be "US" or "RU"');
  if (stillLiving(record, what)) unitHost.playProgressTone(record.id, known);
}

VoxEngine.createToneScriptPlayer = createToneScriptPlayer;
expose("PlayerEvents", PlayerEvents);

// A method as the others of Call are: it can be replaced, and no listing shows it.
define(
  Call.prototype,
  "playProgressTone",
  {
    __proto__: null,
    method(country) {
      playProgressTone(known(this, "playProgressTone"), country);
    },
  }.method,
  false,
);
core.newPlayer = newPlayer;
