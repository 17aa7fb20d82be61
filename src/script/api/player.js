// Players, and what a call plays to itself.

const {
  Call,
  MediaUnit,
  VoxEngine,
  absent,
  define,
  endUnit,
  expose,
  exposeClass,
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
  Error: "Player.Error",
  PlaybackBuffering: "Player.Buffering",
  AudioChunksPlaybackFinished: "Player.AudioChunksPlaybackFinished",
};

let playersActive = 0;

/// What VoxEngine's players of every kind have.
class BasePlayer extends MediaUnit {
  constructor(...made) {
    super(made[0], made[1], "VoxEngine.createURLPlayer, createTTSPlayer or createToneScriptPlayer makes a Player; new does not");
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
}

class Player extends BasePlayer {
  constructor(...made) {
    super(made[0], made[1]);
  }

  addMarker(offset) {
    steer(this, "mark", offset, 0);
  }

  jump(offset) {
    steer(this, "jump", offset);
  }

  volume(percent) {
    steer(this, "volume", percent);
  }
}

const METHODS = { __proto__: null, mark: "addMarker" };

function steer(player, order, value, segment = 0) {
  const method = METHODS[order] ?? order;
  const record = livingUnit(player, method);
  const number = toNumber(value);
  const fits = order === "mark" ? number - number === 0 : number >= 0;
  if (!fits)
    throw rangeError("Player." + method + ": a number is needed" + (order === "mark" ? "" : " that is 0 or more") + (order === "volume" ? "" : ", in milliseconds"));
  if (record !== undefined) unitHost.steerPlayer(record.id, order, number, segment);
}

const PLAYER = { __proto__: null, Class: Player, kind: "Player", events: PlayerEvents, field: "player" };

/// A player that counts: no session has more of them at a time than its limit. `create` asks for it.
function newPlayer(what, create, family = PLAYER) {
  if (isRunning() && playersActive >= unitHost.players)
    throw rangeError(what + ": " + unitHost.players + " players are there already, which is the limit");
  const told = { __proto__: null };
  for (const name of keys(family.events)) told[family.events[name]] = name;
  const record = newUnit(family.Class, family.kind, told, (record, name, news) => playerNews(record, family, name, news));
  if (isRunning()) {
    playersActive += 1;
    create(record.id);
  } else {
    warn(what + " does nothing: the session is ending");
  }
  return record.unit;
}

function playerNews(record, family, name, news) {
  const { unit } = record;
  const event = family.events[name];
  const basic = () => ({ [family.field]: unit, name: event });
  if (name === "Stopped" || name === "PlaybackFinished") {
    endUnit(record);
    playersActive -= 1;
  }
  switch (name) {
    case "Started":
      // A sequence does not say how long it is.
      if (family !== PLAYER) return raise(record.listeners, event, basic);
      return raise(record.listeners, event, () => ({ player: unit, name: event, duration: news.duration_s }));
    case "PlaybackMarkerReached":
      return raise(record.listeners, event, () => ({
        [family.field]: unit,
        name: event,
        offset: news.offset_ms,
      }));
    case "Error":
      return raise(record.listeners, event, () => ({
        [family.field]: unit,
        name: event,
        error: news.error,
      }));
    case "PlaybackFinished":
      return raise(record.listeners, event, () => ({
        [family.field]: unit,
        name: event,
        error: news.error === null ? undefined : news.error,
      }));
    default:
      // Created, PlaybackReady and Stopped say nothing more.
      return raise(record.listeners, event, basic);
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

function playProgressTone(record, country) {
  const what = "Call.playProgressTone";
  const wanted = textOf(country);
  if (wanted.length !== 2) throw typeError(what + ': the country has two letters, as "US" or "GB"');
  if (stillLiving(record, what)) unitHost.playProgressTone(record.id, wanted);
}

VoxEngine.createToneScriptPlayer = createToneScriptPlayer;
exposeClass("BasePlayer", BasePlayer);
exposeClass("Player", Player);
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
core.Player = Player;
core.steerPlayer = steer;
