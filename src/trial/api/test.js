// test(name, body), and `t`, the world of one test. The driver asks for the names, runs one, and asks how it ended.

const tests = [];
let outcome = null;
let faultsAllowed = false;

function add(name, body, skipped) {
  text(name, "test");
  if (typeof body !== "function") throw new TypeError("test: " + show(body) + " is no function");
  if (tests.some((test) => test.name === name)) throw new Error("there are two tests " + show(name));
  tests.push({ name, body, skipped });
}

global.test = function test(name, body) {
  add(name, body, false);
};
global.test.skip = function skip(name, body) {
  add(name, body, true);
};

Math.random = () => ask("random");

const printed = (values) => values.map((value) => (typeof value === "string" ? value : show(value))).join(" ");
global.console = {
  log(...values) {
    ask("remark", { text: printed(values) });
  },
};

const wrong = (harm) =>
  function (message, which) {
    const { nth = 1, from, to } = which ?? {};
    if (nth !== "every" && !(Number.isInteger(nth) && nth > 0))
      throw new TypeError("network: " + show(nth) + ' is none of 1, 2, 3 … and "every"');
    const name = (end) => (end === undefined || typeof end === "string" ? end : phoneOf(end, "network").name);
    ask("wrong", { ...harm, message: text(message, "network"), nth: nth === "every" ? 0 : nth, from: name(from), to: name(to) });
  };

class Network {
  lose(message, which) {
    wrong({ harm: "lose" })(message, which);
  }

  double(message, which) {
    wrong({ harm: "double" })(message, which);
  }

  delay(message, seconds_, which) {
    wrong({ harm: "delay", by: seconds(seconds_, "network.delay") })(message, which);
  }

  weather(weather) {
    const { lost = 0, doubled = 0, delay = [0.01, 0.01] } = weather;
    ask("weather", { lost, doubled, delay });
  }
}

/// What a recorder has written.
class Recording {
  constructor({ format, rate, stereo, seconds }, number) {
    Object.assign(this, { number, format, rate, stereo, seconds });
  }
}

class Trial {
  #network = new Network();
  #storage = new Storage();

  phone(name, options) {
    const { user = name, password, trunk, codecs } = options ?? {};
    text(name, "t.phone");
    ask("phone", { phone: name, user: text(user, "t.phone"), password, trunk, codecs });
    const phone = new Phone(name, user);
    phones.push(phone);
    return phone;
  }

  http(url, method) {
    return new Server(url, method);
  }

  socket(url) {
    return new SocketServer(url);
  }

  request(method, path, content, headers) {
    const methods = METHODS.filter((name) => name !== "OPTIONS");
    if (!methods.includes(method)) throw new TypeError("t.request: " + show(method) + " is none of " + methods.join(", "));
    if (!text(path, "t.request").startsWith("/")) throw new TypeError("t.request: " + show(path) + " does not begin with /");
    const body = typeof content === "string" || content === undefined ? (content ?? "") : JSON.stringify(content);
    const list = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
    const told = list.filter(([name]) => name.startsWith("x-"));
    const status = ask("request", { method, path, content: body, headers: told });
    return settled().then(() => status);
  }

  tone(hz, seconds_) {
    return new Tone(hz, seconds_);
  }

  get storage() {
    return this.#storage;
  }

  sleep(seconds_) {
    return sleep(seconds(seconds_, "t.sleep"));
  }

  until(condition, what) {
    if (typeof condition !== "function") throw new TypeError("t.until: " + show(condition) + " is no function");
    return until(what ?? "a condition", () => condition() || undefined);
  }

  settled() {
    return settled();
  }

  patience(seconds_) {
    patience = Math.round(seconds(seconds_, "t.patience") * 1e6);
  }

  recognise(...said) {
    if (said.length === 0) throw new TypeError("t.recognise: what is spoken is missing");
    for (const one of said) {
      const { text: words = "", confidence = 90, error, after } = typeof one === "string" ? { text: one } : (one ?? {});
      if (typeof (error ?? words) !== "string" || typeof confidence !== "number")
        throw new TypeError("t.recognise: " + show(one) + " is no text, no { text, confidence } and no { error }");
      const late = after === undefined ? undefined : seconds(after, "t.recognise");
      ask("recognise", { text: error ?? words, confidence, fails: error !== undefined, after: late });
    }
  }

  clip(name, sound) {
    const tone = sound instanceof Tone ? sound : { seconds: seconds(sound, "t.clip") };
    ask("clip", { name: text(name, "t.clip"), seconds: tone.seconds, hz: tone.hz });
  }

  setting(path, value) {
    ask("setting", { path: text(path, "t.setting"), value: String(value) });
  }

  allowFaults() {
    faultsAllowed = true;
  }

  get network() {
    return this.#network;
  }

  get now() {
    return now() / 1e6;
  }

  disk(fault) {
    ask("disk", { fault: fault === undefined || fault === null ? undefined : text(fault, "t.disk") });
  }

  get recordings() {
    return ask("recordings").map((own, number) => new Recording(own, number));
  }

  get log() {
    return ask("log");
  }

  get posts() {
    return ask("posts");
  }

  get ladder() {
    return ask("ladder");
  }
}

/// What was thrown, for the report.
function told(thrown) {
  try {
    if (!(thrown instanceof Error)) return { message: show(thrown) + " was thrown", stack: "" };
    const message = thrown instanceof Failure ? thrown.message : thrown.name + ": " + thrown.message;
    return { message: String(message), stack: String(thrown.stack) };
  } catch {
    return { message: "something without a text was thrown", stack: "" };
  }
}

async function run(index) {
  let error = null;
  try {
    await tests[index].body(new Trial());
    error = owed() ?? null;
  } catch (thrown) {
    error = told(thrown);
  }
  outcome = { error, faultsAllowed };
}

return {
  told: (thrown) => JSON.stringify(told(thrown)),
  dispatch(kind, argument) {
    switch (kind) {
      case "names":
        return JSON.stringify(tests.map(({ name, skipped }) => ({ name, skipped })));
      case "run":
        run(Number(argument));
        return "";
      case "tick":
        return JSON.stringify(tick(argument === "calm"));
      case "outcome":
        return JSON.stringify(outcome);
    }
  },
};
