// The language as scenarios get it: chance is dealt by the session, and what could share memory
// between threads or make code from text is not there. The Date of scenarios is in date.js.

delete global.SharedArrayBuffer;
delete global.Atomics;
delete global.DisposableStack;
delete global.AsyncDisposableStack;

Math.random = () => host.random();

// Code comes from the scenario's file alone. One old idiom of libraries asks for the global object so.
const NO_CODE_FROM_TEXT = "code cannot be made from text here: eval and Function are switched off";
const NativeFunction = Function;
const returnThis = () => global;
function FunctionFromText(...parts) {
  if (parts.length === 1 && parts[0] === "return this") return returnThis;
  throw new NativeError(NO_CODE_FROM_TEXT);
}
defineProperty(FunctionFromText, "name", { __proto__: null, value: "Function", configurable: true });
defineProperty(FunctionFromText, "prototype", { __proto__: null, value: NativeFunction.prototype, writable: false });
NativeFunction.prototype.constructor = FunctionFromText;
expose("Function", FunctionFromText);
expose("eval", (x) => {
  if (typeof x !== "string") return x;
  throw new NativeError(NO_CODE_FROM_TEXT);
});
