// Built-ins that run for long without asking the engine's interrupt handler, each behind a look at
// how much it is going to touch. A script's own loops the engine stops; these it cannot.

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

function bound(holder, name, weigh) {
  const native = holder[name];
  define(
    holder,
    name,
    {
      __proto__: null,
      method(...rest) {
        weigh(this, rest);
        return apply(native, this, rest);
      },
    }.method,
    false,
  );
}

function boundAll(holder, names, weigh) {
  for (let i = 0; i < names.length; i++) bound(holder, names[i], weigh);
}

const textLength = (self) => {
  if (typeof self === "string") return self.length;
  return typeof self === "object" && self !== null ? toText(self).length : 32;
};

function spendSearch(self, needle) {
  const length = textLength(self);
  let needleLength = 32;
  if (typeof needle === "string") needleLength = needle.length;
  // A regular expression asks the handler itself.
  else if (typeof needle === "object" && needle !== null && !hasOwn(needle, "lastIndex")) needleLength = length;
  if (length * needleLength > LONGEST_SEARCH)
    throw rangeError("a search for " + needleLength + " characters in " + length + " takes too long");
  spend(length + needleLength);
}

const { prototype: StringPrototype } = String;
boundAll(StringPrototype, ["indexOf", "lastIndexOf", "includes"], (self, rest) => spendSearch(self, rest[0]));
boundAll(StringPrototype, ["split", "replace", "replaceAll"], (self, rest) => {
  spendSearch(self, rest[0]);
  spend(7 * textLength(self) + (typeof rest[1] === "string" ? rest[1].length : 0));
});
bound(StringPrototype, "repeat", (self, rest) => spend(textLength(self) * toNumber(rest[0])));
boundAll(StringPrototype, ["padStart", "padEnd"], (self, rest) => spend(toNumber(rest[0])));
boundAll(StringPrototype, ["normalize", "localeCompare"], (self, rest) =>
  spend(32 * (textLength(self) + textLength(rest[0]))),
);
boundAll(StringPrototype, ["toUpperCase", "toLowerCase", "toWellFormed"], (self) => spend(4 * textLength(self)));

function walk(self, weight) {
  if (typeof self !== "object" || self === null) return;
  const length = toNumber(self.length);
  if (length > LONGEST_WALK) throw rangeError("a list of " + length + " elements takes too long to walk");
  spend(weight * length);
}

const { prototype: ArrayPrototype } = Array;
boundAll(
  ArrayPrototype,
  ["join", "toLocaleString", "indexOf", "lastIndexOf", "includes", "fill", "reverse", "toReversed", "concat", "slice"],
  (self) => walk(self, 2),
);
boundAll(ArrayPrototype, ["splice", "toSpliced", "shift", "unshift", "copyWithin", "with"], (self) => walk(self, 1));
boundAll(ArrayPrototype, ["sort", "toSorted"], (self) => walk(self, 32));
// The engine flattens without a look; a walk of ours beforehand is one that it can stop.
bound(ArrayPrototype, "flat", (self, rest) => flatten(self, absent(rest[0]) ? 1 : toNumber(rest[0])));

function flatten(list, depth) {
  walk(list, 2);
  if (!(depth > 0)) return;
  const { length } = list;
  for (let i = 0; i < length; i++) if (isArray(list[i])) flatten(list[i], depth - 1);
}

bound(Array, "from", (_, rest) => (typeof rest[0] === "string" ? spend(8 * rest[0].length) : walk(rest[0], 4)));

const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype);
boundAll(
  TypedArrayPrototype,
  [
    "join",
    "toLocaleString",
    "indexOf",
    "lastIndexOf",
    "includes",
    "fill",
    "reverse",
    "toReversed",
    "slice",
    "set",
    "copyWithin",
    "with",
  ],
  (self) => walk(self, 1),
);
boundAll(TypedArrayPrototype, ["sort", "toSorted"], (self) => walk(self, 32));

bound(JSON, "parse", (_, rest) => spend(8 * textLength(rest[0])));
{
  const native = JSON.stringify;
  define(
    JSON,
    "stringify",
    function (value, replacer, space) {
      const text = native(value, replacer, space);
      if (typeof text === "string") spend(8 * text.length);
      return text;
    },
    false,
  );
}
boundAll(
  global,
  ["encodeURI", "encodeURIComponent", "decodeURI", "decodeURIComponent", "escape", "unescape", "parseInt", "parseFloat"],
  (_, rest) => spend(8 * textLength(rest[0])),
);
define(Number, "parseInt", global.parseInt, false);
define(Number, "parseFloat", global.parseFloat, false);
