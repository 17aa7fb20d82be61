// Date: UTC, and it stands still within a turn. The engine's reads the machine's clock and zone;
// what does either is replaced. Only scenarios that name it load it, before any of them runs.

const {
  NativeDate,
  absent,
  apply,
  construct,
  defineProperty,
  indexIn,
  keys,
  slice,
  toNumber,
  toText,
  uncurry,
  wellFormed,
  define,
} = core;

const LONGEST_DATE = 256;
const DatePrototype = NativeDate.prototype;
const { UTC: utc, parse: nativeDateParse } = NativeDate;
const timeOf = uncurry(DatePrototype.getTime);
const utcText = uncurry(DatePrototype.toUTCString);
const zoneOffset = uncurry(DatePrototype.getTimezoneOffset);

function Date_(year, month, date, hours, minutes, seconds, ms) {
  if (new.target === undefined) return dateText(host.now());
  if (arguments.length === 0) return construct(NativeDate, [host.now()], new.target);
  if (arguments.length === 1) return construct(NativeDate, [timeFrom(year)], new.target);
  return construct(NativeDate, [apply(utc, undefined, arguments)], new.target);
}

function timeFrom(value) {
  if (typeof value === "object" && value !== null) {
    try {
      return timeOf(value);
    } catch {
      // Not a Date; its primitive counts, as the language has it.
      value = primitiveOf(value);
    }
  }
  return typeof value === "string" ? parseDate(value) : toNumber(value);
}

function primitiveOf(object) {
  const exotic = object[Symbol.toPrimitive];
  if (!absent(exotic)) return apply(exotic, object, ["default"]);
  const value = object.valueOf();
  return typeof value === "object" && value !== null ? object.toString() : value;
}

/// The engine reads a time without a zone in the machine's zone; here it means UTC.
function parseDate(text) {
  if (text.length > LONGEST_DATE) return NaN;
  const time = nativeDateParse(text);
  const offset = zoneOffset(construct(NativeDate, [time]));
  return offset && !host.hasZone(wellFormed(text)) ? time - offset * 60000 : time;
}

/// `Tue, 02 Jan 2024 03:04:05 GMT` taken apart, or undefined.
function dateParts(time) {
  const text = utcText(construct(NativeDate, [time]));
  if (text === "Invalid Date") return undefined;
  return {
    __proto__: null,
    day: slice(text, 0, 3) + " " + slice(text, 8, 11) + " " + slice(text, 5, 7) + " " + slice(text, 12, -13),
    clock: slice(text, -12, -4) + " GMT+0000 (UTC)",
  };
}

function dateText(time) {
  const parts = dateParts(time);
  return parts === undefined ? "Invalid Date" : parts.day + " " + parts.clock;
}

const inUtc = ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"];
for (let i = 0; i < inUtc.length; i++) {
  define(DatePrototype, "get" + inUtc[i], DatePrototype["getUTC" + inUtc[i]], false);
  if (inUtc[i] !== "Day") define(DatePrototype, "set" + inUtc[i], DatePrototype["setUTC" + inUtc[i]], false);
}
const utcYear = uncurry(DatePrototype.getUTCFullYear);
const two = (number) => (number < 10 ? "0" + number : "" + number);
const localDay = (text) => two(monthOf(text)) + "/" + slice(text, 5, 7) + "/" + slice(text, 12, -13);
const monthOf = (text) => 1 + indexIn("JanFebMarAprMayJunJulAugSepOctNovDec", slice(text, 8, 11)) / 3;
const localClock = (text) => {
  const hour = toNumber(slice(text, -12, -10));
  return (two(hour % 12 === 0 ? 12 : hour % 12)) + slice(text, -10, -4) + " " + (hour < 12 ? "AM" : "PM");
};
const dateMethods = {
  __proto__: null,
  getTimezoneOffset() {
    return timeOf(this) === timeOf(this) ? 0 : NaN;
  },
  getYear() {
    return utcYear(this) - 1900;
  },
  toString() {
    return dateText(timeOf(this));
  },
  toDateString() {
    const parts = dateParts(timeOf(this));
    return parts === undefined ? "Invalid Date" : parts.day;
  },
  toTimeString() {
    const parts = dateParts(timeOf(this));
    return parts === undefined ? "Invalid Date" : parts.clock;
  },
  toLocaleString() {
    const text = utcText(this);
    return text === "Invalid Date" ? text : localDay(text) + ", " + localClock(text);
  },
  toLocaleDateString() {
    const text = utcText(this);
    return text === "Invalid Date" ? text : localDay(text);
  },
  toLocaleTimeString() {
    const text = utcText(this);
    return text === "Invalid Date" ? text : localClock(text);
  },
};
const dateMethodNames = keys(dateMethods);
for (let i = 0; i < dateMethodNames.length; i++)
  define(DatePrototype, dateMethodNames[i], dateMethods[dateMethodNames[i]], false);
delete DatePrototype.setYear;
define(DatePrototype, "constructor", Date_, false);
defineProperty(Date_, "name", { __proto__: null, value: "Date", configurable: true });
defineProperty(Date_, "prototype", { __proto__: null, value: DatePrototype, writable: false });
define(Date_, "now", () => host.now(), false);
define(Date_, "parse", (text) => parseDate(toText(text)), false);
define(Date_, "UTC", utc, false);
global.Date = Date_;
