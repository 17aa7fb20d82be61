// What VoxEngine has and we do not yet: reading such a member gives a function that throws, and a
// value throws at once. The host holds the list. The stubs stand behind the objects, as their
// prototypes do, so that a listing shows only what exists.

const reflectGet = Reflect.get;

function lacking(owner, object) {
  const behind = getPrototypeOf(object);
  const handler = {
    __proto__: null,
    get(target, name, receiver) {
      if (typeof name === "string" && !(name in target)) {
        const missing = host.missing(owner, wellFormed(name));
        if (missing === 2) throw notYet(owner + "." + name);
        if (missing === 1) return stubFunction(owner + "." + name);
      }
      return reflectGet(target, name, receiver);
    },
  };
  setPrototypeOf(object, new NativeProxy(behind, handler));
}

const notYet = (what) => new NativeError(what + " is not supported yet");

const stubFunction = (what) =>
  function () {
    throw notYet(what);
  };

/// A global object that a scenario names and that does not exist yet.
function stub(owner) {
  const fail = () => {
    throw notYet(owner);
  };
  const handler = {
    __proto__: null,
    apply: fail,
    construct: fail,
    get(target, name) {
      if (typeof name !== "string") return undefined;
      if (host.missing(owner, wellFormed(name)) === 1) return stubFunction(owner + "." + name);
      throw notYet(owner + "." + name);
    },
  };
  if (!hasOwn(global, owner)) expose(owner, new NativeProxy(stubFunction(owner), handler));
}

lacking("VoxEngine", VoxEngine);
lacking("Logger", Logger);
lacking("AppEvents", AppEvents);
lacking("CallEvents", CallEvents);
lacking("Call", Call.prototype);
