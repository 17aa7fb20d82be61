// setTimeout and setInterval: the session keeps the time, the functions stay here.

const SHORTEST_INTERVAL = 100;
const LONGEST_DELAY = 2147483647;
const timers = { __proto__: null };
let timersActive = 0;
let lastTimer = 0;

function startTimer(callback, timeout, rest, repeat, what) {
  if (typeof callback !== "function")
    throw typeError(what + ": the callback is " + (callback === null ? "null" : typeof callback) + ", not a function");
  let ms = absent(timeout) ? 0 : floor(toNumber(timeout));
  if (!(ms > 0)) ms = 0;
  if (repeat && ms < SHORTEST_INTERVAL) ms = SHORTEST_INTERVAL;
  const id = ++lastTimer;
  if (phase !== "running") {
    warn(what + " does nothing: the session is ending");
    return id;
  }
  if (timersActive >= host.timers)
    throw rangeError(what + ": " + host.timers + " timers are active already, which is the limit");
  host.setTimer(id, min(ms, LONGEST_DELAY), repeat);
  timers[id] = { __proto__: null, callback, rest, repeat };
  timersActive += 1;
  return id;
}

function stopTimer(id) {
  if (typeof id !== "number" || timers[id] === undefined) return;
  delete timers[id];
  timersActive -= 1;
  if (phase === "running") host.clearTimer(id);
}

function timerFired(id) {
  const timer = timers[id];
  // Cleared in the very turn in which it ran out.
  if (timer === undefined) return;
  if (!timer.repeat) {
    delete timers[id];
    timersActive -= 1;
  }
  running = timer.callback;
  apply(timer.callback, undefined, timer.rest);
}

expose("setTimeout", function setTimeout(callback, timeout, ...rest) {
  return startTimer(callback, timeout, rest, false, "setTimeout");
});
expose("setInterval", function setInterval(callback, timeout, ...rest) {
  return startTimer(callback, timeout, rest, true, "setInterval");
});
expose("clearTimeout", function clearTimeout(timeoutID) {
  stopTimer(timeoutID);
});
expose("clearInterval", function clearInterval(intervalID) {
  stopTimer(intervalID);
});
