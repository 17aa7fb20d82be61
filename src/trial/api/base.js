// What the rest of the tester leans on: asking the host, the time, and how a test fails.

/// Asks the world: a question or an order, as plain data; what it cannot do is thrown.
const ask = (what, more) => JSON.parse(host(JSON.stringify({ ask: what, ...more })));

/// The time since the test began, in microseconds of the world.
const now = () => ask("now");

/// What is wrong with the scenario, in the words of the test.
class Failure extends Error {
  get name() {
    return "Failure";
  }
}

/// Where the test stands.
const here = () => new Error().stack;

/// Throws a failure, at the place `at` where that is not the present one.
function fail(message, at) {
  const failure = new Failure(message);
  if (at !== undefined) failure.stack = at;
  throw failure;
}

const seconds = (value, what) => {
  if (typeof value !== "number" || !(value >= 0) || value > 86400 * 30)
    throw new TypeError(what + ": " + show(value) + " is no time in seconds");
  return value;
};

const text = (value, what) => {
  if (typeof value !== "string" || value === "") throw new TypeError(what + ": " + show(value) + " is no text");
  return value;
};

const code = (value, from, to, what) => {
  if (!Number.isInteger(value) || value < from || value > to)
    throw new TypeError(what + ": " + show(value) + " is no code from " + from + " to " + to);
  return value;
};
