// ApplicationStorage: what all sessions of the application share. Each wish is a promise; what the storage
// refuses rejects it with an error that names the line which asked.

const { NativeError, absent, define, inquire, phaseNow, rangeError, stackHere, textOf, toNumber, typeError } = core;
const NativePromise = Promise;

/// Questions that may wait for the disk at a time.
const MOST_PENDING = 100;
let pending = 0;

/// Whatever is wrong with the question rejects the promise, as what comes of it may.
function ask(kind, wishOf, read) {
  const what = "ApplicationStorage." + kind;
  return new NativePromise((resolve, reject) => {
    if (phaseNow() !== "running") throw new NativeError(what + ": the session is ending");
    const wish = wishOf(what);
    if (pending >= MOST_PENDING)
      throw rangeError(what + ": " + MOST_PENDING + " questions wait for the storage already, which is the limit; await them");
    const stack = stackHere();
    inquire(
      (id) => host.storage(id, wish, stack),
      (told) => {
        pending -= 1;
        if (told.error === undefined) return resolve(read(told));
        const error = new NativeError(what + ": " + told.error);
        define(error, "stack", stack, false);
        reject(error);
      },
    );
    pending += 1;
  });
}

const keyOf = (what, key) => {
  if (typeof key !== "string") throw typeError(what + ": the key must be a string");
  return textOf(key);
};

const valueOf = (what, value) => {
  if (typeof value !== "string" && typeof value !== "number")
    throw typeError(what + ": the value must be a string; JSON.stringify makes one");
  return textOf(value);
};

const number = (value) => (absent(value) ? undefined : toNumber(value));
const entryOf = ({ entry }) => entry;

global.ApplicationStorage = {
  get(key) {
    return ask("get", (what) => ({ __proto__: null, kind: "get", key: keyOf(what, key) }), entryOf);
  },
  put(key, value, ttl) {
    const wishOf = (what) => ({
      __proto__: null,
      kind: "put",
      key: keyOf(what, key),
      value: valueOf(what, value),
      ttl: number(ttl),
    });
    return ask("put", wishOf, entryOf);
  },
  remove(key) {
    return ask("remove", (what) => ({ __proto__: null, kind: "remove", key: keyOf(what, key) }), entryOf);
  },
  keys(pattern, count) {
    const wishOf = () => ({
      __proto__: null,
      kind: "keys",
      pattern: absent(pattern) ? undefined : textOf(pattern),
      count: number(count),
    });
    return ask("keys", wishOf, ({ keys }) => ({ keys }));
  },
};
