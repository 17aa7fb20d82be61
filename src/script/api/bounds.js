// Built-ins that run for long without asking the engine's interrupt handler, each behind a look at
// how much it is going to touch. A script's own loops the engine stops; these it cannot. Only those
// that the scenarios name are wrapped (`BOUNDED` in mod.rs), before any of them runs: an ordinary
// script pays for none. What gets by, as operators on huge values do, is for the watchdog.

const { absent, apply, getPrototypeOf, hasOwn, isArray, rangeError, toNumber, toText, typeError } = core;

/// Elements that one call may walk, holes included: more than fit into a session's memory.
const LONGEST_WALK = 1 << 22;
/// Characters compared by one search: text times needle.
const LONGEST_SEARCH = 1 << 28;
const UNITS_PER_LOOK = 1 << 18;
let units = 0;

/// The host reads the clock once in so many characters or elements, and throws past the deadline.
function spend(touched) {
  if (touched > 0) units += touched;
  if (units < UNITS_PER_LOOK) return;
  units = 0;
  host.look();
}

const { prototype: text } = String;
const { prototype: list } = Array;
const typed = getPrototypeOf(Uint8Array.prototype);

/// `weigh` sees `this` and the arguments and throws where it is too much. An assignment keeps the
/// property as it was: writable, not enumerable.
function bound(holder, name, weigh) {
  const native = holder[name];
  holder[name] = {
    __proto__: null,
    method(...rest) {
      weigh(this, rest);
      return apply(native, this, rest);
    },
  }.method;
}

const textLength = (self) => {
  if (typeof self === "string") return self.length;
  return typeof self === "object" && self !== null ? toText(self).length : 32;
};

const perCharacter = (weight) => (self) => spend(weight * textLength(self));
const perCharacterOfFirst = (weight) => (_, rest) => spend(weight * textLength(rest[0]));

function search(self, rest) {
  const needle = rest[0];
  const length = textLength(self);
  let needleLength = 32;
  if (typeof needle === "string") needleLength = needle.length;
  // A regular expression asks the handler itself.
  else if (typeof needle === "object" && needle !== null && !hasOwn(needle, "lastIndex")) needleLength = length;
  if (length * needleLength > LONGEST_SEARCH)
    throw rangeError("a search for " + needleLength + " characters in " + length + " takes too long");
  spend(length + needleLength);
}

function searchAndCopy(self, rest) {
  search(self, rest);
  spend(7 * textLength(self) + (typeof rest[1] === "string" ? rest[1].length : 0));
}

function walk(self, weight) {
  if (typeof self !== "object" || self === null) return;
  const length = toNumber(self.length);
  if (length > LONGEST_WALK) throw rangeError("a list of " + length + " elements takes too long to walk");
  spend(weight * length);
}

const perElement = (weight) => (self) => walk(self, weight);

/// The engine flattens without a look; a walk of ours beforehand is one that it can stop.
function flatten(self, depth) {
  walk(self, 2);
  if (!(depth > 0)) return;
  const { length } = self;
  for (let i = 0; i < length; i++) if (isArray(self[i])) flatten(self[i], depth - 1);
}

function boundBy(name) {
  switch (name) {
    case "indexOf":
    case "lastIndexOf":
    case "includes":
      bound(text, name, search);
      bound(list, name, perElement(2));
      return bound(typed, name, perElement(1));
    case "split":
    case "replace":
    case "replaceAll":
      return bound(text, name, searchAndCopy);
    case "repeat":
      return bound(text, name, (self, rest) => spend(textLength(self) * toNumber(rest[0])));
    case "padStart":
    case "padEnd":
      return bound(text, name, (_, rest) => spend(toNumber(rest[0])));
    case "normalize":
    case "localeCompare":
      return bound(text, name, (self, rest) => spend(32 * (textLength(self) + textLength(rest[0]))));
    case "toUpperCase":
    case "toLowerCase":
    case "toWellFormed":
      return bound(text, name, perCharacter(4));
    case "join":
    case "toLocaleString":
    case "fill":
    case "reverse":
    case "toReversed":
    case "slice":
    case "copyWithin":
    case "with":
      bound(list, name, perElement(2));
      return bound(typed, name, perElement(1));
    case "concat":
    case "splice":
    case "toSpliced":
    case "shift":
    case "unshift":
      return bound(list, name, perElement(1));
    case "set":
      return bound(typed, name, perElement(1));
    case "sort":
    case "toSorted":
      bound(list, name, perElement(32));
      return bound(typed, name, perElement(32));
    case "flat":
      return bound(list, name, (self, rest) => flatten(self, absent(rest[0]) ? 1 : toNumber(rest[0])));
    case "from":
      return bound(Array, name, (_, rest) =>
        typeof rest[0] === "string" ? spend(8 * rest[0].length) : walk(rest[0], 4),
      );
    case "parse":
      return bound(JSON, name, perCharacterOfFirst(8));
    case "stringify": {
      const native = JSON.stringify;
      JSON.stringify = (value, replacer, space) => {
        const json = native(value, replacer, space);
        if (typeof json === "string") spend(8 * json.length);
        return json;
      };
      return;
    }
    case "parseInt":
    case "parseFloat":
      bound(global, name, perCharacterOfFirst(8));
      Number[name] = global[name];
      return;
    case "encodeURI":
    case "encodeURIComponent":
    case "decodeURI":
    case "decodeURIComponent":
    case "escape":
    case "unescape":
      return bound(global, name, perCharacterOfFirst(8));
    default:
      throw typeError(name + " has no bound");
  }
}

for (let i = 0; i < names.length; i++) boundBy(names[i]);
