// expect(value): what must hold now. Each matcher has its opposite behind `.not`.

class Expectation {
  #value;
  #opposite;

  constructor(value, opposite) {
    this.#value = value;
    this.#opposite = opposite;
  }

  get not() {
    return new Expectation(this.#value, !this.#opposite);
  }

  #hold(holds, wanted, more) {
    if (holds !== this.#opposite) return;
    const not = this.#opposite ? "not " : "";
    fail("expected " + not + wanted + "\n     got " + show(this.#value) + (more === undefined ? "" : "\n" + more));
  }

  #phone(what) {
    if (this.#value instanceof Phone) return this.#value;
    throw new TypeError("expect(…)." + what + ": " + show(this.#value) + " is no phone");
  }

  toBe(value) {
    this.#hold(Object.is(this.#value, value), show(value));
  }

  toEqual(value) {
    const found = differences(value, this.#value);
    const lines = found
      .filter(({ path }) => path !== "")
      .map(({ path, wanted, got }) => "      at " + path + ": expected " + wanted + ", got " + got);
    this.#hold(found.length === 0, show(value), lines.length === 0 ? undefined : lines.join("\n"));
  }

  toMatch(pattern) {
    const value = String(this.#value);
    const holds = pattern instanceof RegExp ? pattern.test(value) : value.includes(String(pattern));
    this.#hold(holds, "a text with " + show(pattern));
  }

  toContain(part) {
    const value = this.#value;
    const alike = (one) =>
      differences(part, one).length === 0 || (typeof one === "string" && typeof part === "string" && one.includes(part));
    const holds = typeof value === "string" ? value.includes(String(part)) : Array.from(value ?? []).some(alike);
    this.#hold(holds, "something with " + show(part));
  }

  toBeGreaterThan(value) {
    this.#hold(this.#value > value, "more than " + show(value));
  }

  toBeLessThan(value) {
    this.#hold(this.#value < value, "less than " + show(value));
  }

  toBeTruthy() {
    this.#hold(Boolean(this.#value), "something that counts as true");
  }

  toThrow(pattern) {
    if (typeof this.#value !== "function")
      throw new TypeError("expect(…).toThrow: " + show(this.#value) + " is no function");
    let thrown;
    let threw = false;
    try {
      this.#value();
    } catch (error) {
      thrown = error;
      threw = true;
    }
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    const fits =
      pattern === undefined || (pattern instanceof RegExp ? pattern.test(said) : said.includes(String(pattern)));
    const wanted = "it to throw" + (pattern === undefined ? "" : " " + show(pattern));
    this.#hold(threw && fits, wanted, threw ? "   which threw " + show(thrown) : "   which threw nothing");
  }

  toHear(phone) {
    const own = this.#phone("toHear");
    const other = phoneOf(phone, "expect(…).toHear").name;
    const heard = ask("hears", { phone: own.name });
    if (heard.includes(other) === this.#opposite)
      fail(
        "expected " + own.name + (this.#opposite ? " not" : "") + " to hear " + other + "\n     but " + hearing(own.name, heard),
      );
  }

  toHearNobody() {
    const own = this.#phone("toHearNobody");
    const heard = ask("hears", { phone: own.name });
    if ((heard.length === 0) === this.#opposite)
      fail("expected " + own.name + " to hear " + (this.#opposite ? "somebody" : "nobody") + "\n     but " + hearing(own.name, heard));
  }

  toHearTone(hz) {
    const own = this.#phone("toHearTone").name;
    if (!Number.isInteger(hz) || hz < 20 || hz > 20000)
      throw new TypeError("expect(…).toHearTone: " + show(hz) + " is no frequency in Hz");
    const { level, all } = ask("tone", { phone: own, hz });
    if ((level !== null) === this.#opposite)
      fail("expected " + own + (this.#opposite ? " not" : "") + " to hear " + hz + " Hz\n     but " + own + " hears " + all);
  }

  toHearSpeech(phone) {
    const own = this.#phone("toHearSpeech").name;
    const other = phoneOf(phone, "expect(…).toHearSpeech").name;
    const { same, how } = ask("speech", { phone: own, speaker: other });
    if (same === this.#opposite)
      fail("expected " + own + (this.#opposite ? " not" : "") + " to hear what " + other + " says\n     but " + own + " hears " + how);
  }

  toTalkTo(phone) {
    const own = this.#phone("toTalkTo").name;
    const other = phoneOf(phone, "expect(…).toTalkTo").name;
    const [there, back] = [own, other].map((name) => ask("hears", { phone: name }));
    if ((there.includes(other) && back.includes(own)) === this.#opposite)
      fail(
        "expected " + own + (this.#opposite ? " not" : "") + " to talk to " + other +
          "\n     but " + hearing(own, there) + ", and " + hearing(other, back),
      );
  }

  toHold(hz, where) {
    if (!(this.#value instanceof Recording))
      throw new TypeError("expect(…).toHold: " + show(this.#value) + " is no recording of t.recordings");
    const { side, from, to } = where ?? {};
    const within = from === undefined && to === undefined ? undefined : [from ?? 0, to ?? this.#value.seconds];
    const holds = ask("holds", { recording: this.#value.number, hz, side, within });
    const when = within === undefined ? "" : " from " + within[0] + " to " + within[1] + " s";
    this.#hold(holds, "a recording with " + hz + " Hz" + (side === undefined ? "" : " on its " + side) + when);
  }

  toBeAsked(count) {
    if (!(this.#value instanceof Server)) throw new TypeError("expect(…).toBeAsked: " + show(this.#value) + " is no server of t.http");
    const asked = this.#value.requests.map(({ method, url, body }) => "\n      " + method + " " + url + (body === "" ? "" : " " + show(body)));
    const wanted = count === undefined ? "" : count === 1 ? " once" : " " + count + " times";
    const holds = count === undefined ? asked.length > 0 : asked.length === count;
    if (holds === this.#opposite)
      fail(
        "expected " + this.#value.url + (this.#opposite ? " not" : "") + " to be asked" + wanted +
          "\n     but it was asked " + (asked.length === 0 ? "nothing" : asked.length + (asked.length === 1 ? " time:" : " times:") + asked.slice(0, 20).join("")),
      );
  }

  toMatchLadder() {
    const lines = (ladder) => ladder.split("\n").filter((line) => line !== "");
    const now = lines(text(this.#value, "expect(…).toMatchLadder"));
    if (this.#opposite) throw new TypeError("expect(…).not.toMatchLadder: there is no such thing");
    const kept = ask("kept", { ladder: now.map((line) => line + "\n").join("") });
    if (kept === null) fail("no ladder is kept for this yet: `switchhook test --update` keeps it");
    const before = lines(kept);
    const at = now.findIndex((line, i) => line !== before[i]);
    if (at < 0 && now.length === before.length) return;
    const first = at < 0 ? now.length : at;
    fail(
      "expected the ladder that is kept; it differs from line " + (first + 1) + " on" +
        "\n    kept " + (before[first] ?? "nothing") +
        "\n     got " + (now[first] ?? "nothing"),
    );
  }

  toHaveCalls(count) {
    const own = this.#phone("toHaveCalls");
    const calls = own.calls.map((call) => "with " + call.peer + " (" + call.state + ")");
    const wanted = count + (count === 1 ? " call" : " calls");
    if ((calls.length === count) === this.#opposite)
      fail(
        "expected " + own.name + (this.#opposite ? " not" : "") + " to have " + wanted +
          "\n     but it has " + (calls.length === 0 ? "none" : calls.length + ": " + calls.join(", ")),
      );
  }
}

const hearing = (name, heard) => name + " hears " + (heard.length === 0 ? "nobody" : heard.join(" and "));

global.expect = function expect(value) {
  return new Expectation(value, false);
};
