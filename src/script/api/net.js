// Net: requests to servers outside. What cannot be asked is an error here; what becomes of it comes to the
// callback or the promise, once, as a result with a code: HTTP's, or VoxEngine's own where there is no answer.

const { NativeError, absent, bytesOf, define, inquire, isArray, keys, phaseNow, runs, slice, stackHere, textOf, toNumber } = core;
const { indexIn, rangeError, typeError, warn } = core;
const NativePromise = Promise;

/// Under way and queued.
const MOST_PENDING = 35;
/// Of what is sent, in bytes or characters.
const MOST_BODY = 1 << 20;
let pending = 0;
let lastWordSent = false;

function send(what, url, options, done) {
  const given = typeof options === "object" && options !== null ? options : {};
  const raw = !!given.rawOutput;
  const wish = wishOf(what, url, given);
  if (phaseNow() === "terminated") return warn(what + " does nothing: the session has ended");
  const isLast = phaseNow() === "terminating";
  if (isLast ? lastWordSent : pending >= MOST_PENDING)
    throw new NativeError("Exceeded the HTTP connection count limit!");
  const stack = stackHere();
  inquire(
    (id) => host.request(id, wish, stack),
    (told) => {
      pending -= 1;
      done(resultOf(told, raw));
    },
  );
  pending += 1;
  lastWordSent = isLast;
}

function wishOf(what, url, { method, postData, headers, params, connectionTimeout, timeout, enableSystemLog }) {
  const wish = {
    __proto__: null,
    url: textOf(url),
    method: absent(method) ? "GET" : textOf(method),
    headers: headersOf(what, headers),
    params: absent(params) ? [] : pairsOf(what + ": params", params),
    body: absent(postData) ? undefined : bodyOf(what, postData),
    connectionTimeout: absent(connectionTimeout) ? undefined : toNumber(connectionTimeout),
    timeout: absent(timeout) ? undefined : toNumber(timeout),
  };
  if (wish.body !== undefined && enableSystemLog && typeof postData === "string")
    core.write("info", what + ": postData " + slice(wish.body, 0, 1000));
  return wish;
}

function bodyOf(what, data) {
  if (typeof data === "object" && data.length === undefined)
    throw typeError(what + ": postData must be a string or an array of bytes; JSON.stringify makes a string");
  const body = bytesOf(data, what + ": postData");
  if (body.length > MOST_BODY) throw rangeError(what + ": postData: at most " + MOST_BODY + " bytes");
  return body;
}

/// A flat list of names and values: of {name: value}, and of the older ["Name: value"] and [["Name", "value"]].
function headersOf(what, given) {
  if (absent(given)) return [];
  if (!isArray(given)) return pairsOf(what + ": headers", given);
  const list = [];
  for (let i = 0; i < given.length; i++) {
    const header = given[i];
    if (isArray(header)) {
      put(list, textOf(header[0]), textOf(header[1]));
      continue;
    }
    const text = textOf(header);
    const colon = indexIn(text, ":");
    if (colon < 1) throw typeError(what + ': a header must be such as "Name: value"');
    let start = colon + 1;
    while (text[start] === " ") start += 1;
    put(list, slice(text, 0, colon), slice(text, start));
  }
  return list;
}

function pairsOf(what, given) {
  if (typeof given !== "object") throw typeError(what + ' must be an object such as {name: "value"}');
  const names = keys(given);
  const list = [];
  for (let i = 0; i < names.length; i++)
    if (!absent(given[names[i]])) put(list, textOf(names[i]), textOf(given[names[i]]));
  return list;
}

function put(list, name, value) {
  define(list, list.length, name);
  define(list, list.length, value);
}

function resultOf({ code, headers, error }, raw) {
  if (headers === undefined) return { code, error };
  const listed = [];
  let lines = "";
  for (let i = 0; i < headers.length; i++) {
    const key = headers[i][0];
    const value = headers[i][1];
    define(listed, i, { key, value });
    lines += key + ": " + value + "\r\n";
  }
  const result = { code, headers: listed, raw_headers: lines, text: host.text() };
  if (raw) result.data = host.bytes();
  return result;
}

/// The older way to say the options; a plain object does as well.
class HttpRequestOptions {
  method = "GET";
  headers;
  params;
  postData;
  rawOutput = false;
  enableSystemLog = false;
  connectionTimeout;
  timeout;
}

global.Net = {
  httpRequest(url, callback, options) {
    if (typeof callback !== "function")
      throw typeError("Net.httpRequest: the callback is " + (callback === null ? "null" : typeof callback) + ", not a function");
    send("Net.httpRequest", url, options, (result) => {
      runs(callback);
      callback(result);
    });
  },
  httpRequestAsync(url, options) {
    return new NativePromise((resolve) => send("Net.httpRequestAsync", url, options, resolve));
  },
  HttpRequestOptions,
};
core.lacking("Net", global.Net);
