// Listeners: a linked list per event, so that no array method of the script's world is needed.
// All fire in the order in which they were added; one that is removed while its event is being
// raised does not fire any more, one that is added then waits for the next.

let listenersAdded = 0;
/// The script's function that is running, or a stack; its place is named where what was thrown has none.
let running;

const eventName = (event, what) => {
  if (typeof event !== "string" || event === "")
    throw typeError(
      what + ": the event is " + (absent(event) ? event : typeof event) + ", not one of the event names; is it spelt right?",
    );
  return event;
};

/// True where it is the first of its event.
function listen(table, event, callback) {
  const entry = {
    __proto__: null,
    callback,
    order: ++listenersAdded,
    live: true,
    addedAt: typeof callback === "function" ? undefined : stackHere(),
    next: undefined,
  };
  let last = table[event];
  if (last === undefined) {
    table[event] = entry;
    return true;
  }
  while (last.next !== undefined) last = last.next;
  last.next = entry;
  return false;
}

/// Without a callback all listeners of the event go. True where the last one went.
function unlisten(table, event, callback) {
  if (table[event] === undefined) return false;
  let kept;
  let tail;
  for (let entry = table[event]; entry !== undefined; entry = entry.next) {
    if (absent(callback) || entry.callback === callback) {
      entry.live = false;
    } else {
      if (tail === undefined) kept = entry;
      else tail.next = entry;
      tail = entry;
    }
  }
  if (tail !== undefined) {
    tail.next = undefined;
    table[event] = kept;
    return false;
  }
  delete table[event];
  return true;
}

/// Raises an event. `make` builds the event object, only where somebody listens.
function raise(table, event, make) {
  let entry = table[event];
  if (entry === undefined) return;
  const until = listenersAdded;
  const object = make();
  for (; entry !== undefined; entry = entry.next) {
    if (!entry.live || entry.order > until) continue;
    const { callback } = entry;
    running = typeof callback === "function" ? callback : entry.addedAt;
    if (typeof callback !== "function")
      throw typeError(
        "the listener of " + event + " is " + (callback === null ? "null" : typeof callback) + ", not a function",
      );
    callback(object);
  }
}
