// Call.transferTo: the far end of a call is asked to call somebody else (REFER). What cannot be asked is
// an error here; what becomes of it comes as TransferProgress, then TransferComplete or TransferFailed, once.

const { Call, absent, define, headersToSend, known, rangeError, recordOfCall, stillLiving, textOf, toNumber, typeError, warn } =
  core;
const { host: main } = core;

const WHAT = "Call.transferTo";

function transferTo(record, parameters) {
  if (typeof parameters !== "object" || parameters === null)
    throw typeError(WHAT + ': the parameters must be an object such as {to: "carol"}');
  const { to, call, headers, referredBy, statusUrl, progressTimeout, hangup } = parameters;
  if (absent(to) && absent(call)) throw typeError(WHAT + ": both `to` and `call` are missing");
  const other = absent(call) ? undefined : recordOfCall(call, WHAT + ": call");
  if (other === record) throw typeError(WHAT + ": a call cannot be transferred to itself");
  const wish = {
    __proto__: null,
    call: record.id,
    to: text(to, "to"),
    other: other === undefined ? undefined : other.id,
    headers: headersToSend(headers, WHAT),
    referredBy: text(referredBy, "referredBy"),
    statusUrl: absent(statusUrl) ? undefined : host.hookUrl(textOf(statusUrl)),
    progressTimeout: absent(progressTimeout) ? undefined : seconds(progressTimeout),
    hangUp: absent(hangup) || !!hangup,
  };
  if (!stillLiving(record, WHAT)) return;
  if (!connected(record, "the call") || (other !== undefined && !connected(other, "the other call"))) return;
  if (record.refers) return warn(WHAT + " does nothing: a transfer of this call is open already");
  host.transferTo(wish);
  record.refers = true;
}

function text(value, name) {
  return absent(value) ? undefined : main.plainText(textOf(value), WHAT + ": " + name);
}

function seconds(value) {
  const number = toNumber(value);
  if (!(number >= 1 && number <= 3600)) throw rangeError(WHAT + ": progressTimeout must be 1 to 3600 seconds");
  return number;
}

function connected(record, which) {
  if (record.state === "CONNECTED") return true;
  warn(WHAT + " does nothing: " + which + " is not connected");
  return false;
}

// A method as the others of Call are: it can be replaced, and no listing shows it.
define(
  Call.prototype,
  "transferTo",
  {
    __proto__: null,
    method(parameters) {
      transferTo(known(this, "transferTo"), parameters);
    },
  }.method,
  false,
);
