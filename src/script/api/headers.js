// SIP headers, both ways. In: a lookup in any spelling finds the header, and the sender's spelling
// is what a listing shows. Out: only X-*, checked by the host before anything is asked of it.

const ReceivedSet = WeakSet;
const received = new ReceivedSet();
const isReceived = uncurry(WeakSet.prototype.has);
const markReceived = uncurry(WeakSet.prototype.add);

const spelling = (target, name) => {
  if (typeof name !== "string" || hasOwn(target, name)) return name;
  const wanted = lower(name);
  const names = ownKeys(target);
  for (let i = 0; i < names.length; i++)
    if (typeof names[i] === "string" && lower(names[i]) === wanted) return names[i];
  return name;
};

const anySpelling = {
  __proto__: null,
  get: (target, name) => target[spelling(target, name)],
  has: (target, name) => spelling(target, name) in target,
};

/// The headers of an event, fresh for every event: what a script does to them harms no other.
function receivedHeaders(map, hidden) {
  const target = {};
  const names = keys(map);
  for (let i = 0; i < names.length; i++) define(target, names[i], map[names[i]]);
  if (hidden !== undefined && spelling(target, "VI-Client-Type") === "VI-Client-Type")
    define(target, "VI-Client-Type", hidden, false);
  const headers = new NativeProxy(target, anySpelling);
  markReceived(received, headers);
  return headers;
}

/// What a script wants to send, as a map without prototype, or undefined. An event's own headers
/// may be handed on as they are: what may not be sent of them is left out, for the peer chose it.
/// `onTimeout` takes VI-CallTimeout where that has a meaning.
function headersToSend(given, what, onTimeout) {
  if (absent(given)) return undefined;
  if (typeof given !== "object")
    throw typeError(what + ": the headers must be an object such as {\"X-Name\": \"value\"}");
  const handedOn = isReceived(received, given);
  const names = keys(given);
  const out = { __proto__: null };
  for (let i = 0; i < names.length; i++) {
    const name = wellFormed(names[i]);
    if (absent(given[names[i]])) continue;
    const value = textOf(given[names[i]]);
    if (lower(name) === "vi-calltimeout" && onTimeout !== undefined && !handedOn) {
      onTimeout(callTimeout(value, what));
      continue;
    }
    const fault = host.headerFault(name, value);
    if (fault === undefined) out[name] = value;
    else if (!handedOn) throw typeError(what + ": " + fault);
  }
  return out;
}

function callTimeout(value, what) {
  const seconds = toNumber(value);
  if (!(seconds >= 10 && seconds <= 400))
    throw rangeError(what + ": VI-CallTimeout must be 10 to 400 seconds, not " + slice(value, 0, 20));
  return floor(seconds);
}
