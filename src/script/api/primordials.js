// What the API leans on, taken before any scenario runs: whatever a script does to the built-ins,
// the functions below stay as they were. Nothing of ours reads a property that a script can reach,
// which rules out some of the language too: a template literal calls String.prototype.concat, a spread
// and a for-of the iterators.

const { apply, ownKeys, defineProperty, construct, getOwnPropertyDescriptor, preventExtensions } = Reflect;
const uncurry = (method) => (self, ...rest) => apply(method, self, rest);

const NativeError = Error;
const NativeTypeError = TypeError;
const NativeRangeError = RangeError;
const NativeProxy = Proxy;
const NativeDate = Date;
const toText = String;
const toNumber = Number;
const { keys, getPrototypeOf, setPrototypeOf } = Object;
const { isArray } = Array;
const { parse, stringify } = JSON;
const { floor, min, max } = Math;

const slice = uncurry(String.prototype.slice);
const lower = uncurry(String.prototype.toLowerCase);
const indexIn = uncurry(String.prototype.indexOf);
const wellFormed = uncurry(String.prototype.toWellFormed);
const hasOwn = uncurry(Object.prototype.hasOwnProperty);
const sourceFile = uncurry(getOwnPropertyDescriptor(Function.prototype, "fileName").get);
const sourceLine = uncurry(getOwnPropertyDescriptor(Function.prototype, "lineNumber").get);

/// `undefined` and `null` alike are absent.
const absent = (value) => value === undefined || value === null;

/// Text of a script's value: without lone surrogates, which UTF-8 cannot say.
const textOf = (value) => wellFormed(typeof value === "string" ? value : toText(value));

/// As `textOf`, but absent stays absent.
const optionalText = (value) => (absent(value) ? undefined : textOf(value));

/// A field of a script's object, absent where there is no object.
const field = (object, name) => {
  if (typeof object !== "object" || object === null) return undefined;
  const value = object[name];
  return value === null ? undefined : value;
};

/// A property as an ordinary script would have made it, whatever stands on the prototypes.
const define = (object, name, value, enumerable = true) =>
  defineProperty(object, name, {
    __proto__: null,
    value,
    enumerable,
    writable: true,
    configurable: true,
  });

/// A global of the API, made before any scenario runs.
const expose = (name, value) => {
  global[name] = value;
};

/// A class of the API. Its base is fixed: what its constructor hands on goes to no class of the script's.
const exposeClass = (name, Class) => {
  preventExtensions(Class);
  expose(name, Class);
};

/// Where the script is: the engine's stack, innermost first; the host picks the first frame that is not ours.
const stackHere = () => {
  const { stack } = new NativeError();
  return typeof stack === "string" ? stack : "";
};

/// The runtime's word about what the script just did, with file and line.
const warn = (text) => host.warn(textOf(text), stackHere());

const typeError = (text) => new NativeTypeError(text);
const rangeError = (text) => new NativeRangeError(text);

const MOST_BYTES = 1 << 20;

/// A list of bytes, or a text as UTF-8, as the host takes it.
function bytesOf(data, what) {
  if (typeof data === "string") return wellFormed(data);
  if (typeof data !== "object" || data === null)
    throw typeError(what + ": the data must be an array of bytes or a string");
  const length = toNumber(data.length);
  if (length > MOST_BYTES) throw rangeError(what + ": at most " + MOST_BYTES + " bytes");
  const bytes = [];
  for (let i = 0; i < length; i++) define(bytes, i, toNumber(data[i]) & 255);
  return bytes;
}
