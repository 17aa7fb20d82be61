// What scenarios reach outside: servers that say what the test tells them to, and the storage.

const servers = [];
let serverFault;

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const FAILURES = ["connection", "host", "timeout", "broken"];

const status = (value, what) => {
  if (!Number.isInteger(value) || value < 200 || value > 599)
    throw new TypeError(what + ": " + show(value) + " is no HTTP status from 200 to 599");
  return value;
};

/// An answer as the world takes it; what is neither text nor bytes becomes JSON.
function saying(code_, body, headers, what) {
  const list = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const answer = { code: status(code_, what), headers: list, body: "" };
  if (typeof body === "string" || body instanceof Array) answer.body = body;
  else if (body !== undefined && body !== null) {
    answer.body = JSON.stringify(body);
    if (!list.some(([name]) => name === "content-type")) list.push(["content-type", "application/json"]);
  }
  return { answer };
}

const heard = ({ headers, at, ...request }) => ({ ...request, headers: Object.fromEntries(headers), at: at / 1e6 });

/// Sound for players: see t.tone.
class Tone {
  constructor(hz, length) {
    if (!Number.isInteger(hz) || hz < 50 || hz > 4000) throw new TypeError("t.tone: " + show(hz) + " is no pitch from 50 to 4000 Hz");
    this.hz = hz;
    this.seconds = seconds(length, "t.tone");
    if (this.seconds > 600) throw new TypeError("t.tone: more than 600 seconds");
  }
}

class Server {
  #id;
  #url;
  #says = [];

  constructor(url, method) {
    this.#url = text(url, "t.http");
    if (method !== undefined && !METHODS.includes(method))
      throw new TypeError("t.http: " + show(method) + " is none of " + METHODS.join(", "));
    this.#id = ask("http", { url, method });
    servers[this.#id] = this;
  }

  get url() {
    return this.#url;
  }

  get requests() {
    return ask("requests", { server: this.#id }).map(heard);
  }

  reply(status_, body, headers) {
    if (status_ instanceof Tone) {
      this.#says.push(undefined);
      ask("says", { server: this.#id, says: { tone: { hz: status_.hz, seconds: status_.seconds } } });
      return this;
    }
    const asked = typeof status_ === "function";
    this.#says.push(asked ? status_ : undefined);
    ask("says", { server: this.#id, says: asked ? "asks" : saying(status_, body, headers, "reply") });
    return this;
  }

  fail(why) {
    const how = why ?? "connection";
    if (!FAILURES.includes(how)) throw new TypeError("fail: " + show(how) + " is none of " + FAILURES.join(", "));
    this.#says.push(undefined);
    ask("says", { server: this.#id, says: { fails: how } });
    return this;
  }

  after(seconds_) {
    ask("after", { server: this.#id, seconds: seconds(seconds_, "after") });
    return this;
  }

  times(count) {
    if (!Number.isInteger(count) || count < 1) throw new TypeError("times: " + show(count) + " is no number from 1 on");
    ask("times", { server: this.#id, times: count });
    return this;
  }

  /// The test's own function is asked; it may answer later.
  static ask({ id, server, said, request }) {
    const own = servers[server];
    const answered = (given) => {
      const plain = typeof given === "string" || given === undefined || given === null;
      const { code: code_, status: status_, body, headers } = plain ? { body: given } : given;
      ask("answered", { id, says: saying(status_ ?? code_ ?? 200, body, headers, "reply") });
    };
    const broken = (thrown) => {
      serverFault ??= told(thrown);
    };
    new Promise((resolve) => resolve(own.#says[said](heard(request)))).then(answered).catch(broken);
  }
}

class Storage {
  set(key, value, ttl) {
    const kept = { key: text(key, "t.storage.set"), value: String(value), ttl: ttl ?? 86400 };
    ask("store", kept);
  }

  get(key) {
    return ask("stored", { key: text(key, "t.storage.get") });
  }

  get keys() {
    return ask("storedKeys");
  }

  fail(why) {
    ask("storageFails", { why: why === null ? undefined : (why ?? "the disk is full") });
  }
}
