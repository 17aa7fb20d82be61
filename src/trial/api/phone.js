// Phones, their calls and their transfers. A phone does at once what it is told; where it must be called
// first, it waits for that.

const phoneOf = (value, what) => {
  if (value instanceof Phone) return value;
  throw new TypeError(what + ": " + show(value) + " is no phone");
};

/// A phone or what is dialled.
const dialled = (to, what) => (to instanceof Phone ? to.user : text(to, what));

class Phone {
  #name;
  #user;
  #calls = new Map();

  constructor(name, user) {
    this.#name = name;
    this.#user = user;
  }

  get name() {
    return this.#name;
  }

  get user() {
    return this.#user;
  }

  /// The same object for the same call.
  #call(leg) {
    if (!this.#calls.has(leg)) this.#calls.set(leg, new Call(this, leg));
    return this.#calls.get(leg);
  }

  get calls() {
    return ask("calls", { phone: this.#name }).map(({ leg }) => this.#call(leg));
  }

  get news() {
    return ask("news", { phone: this.#name });
  }

  get keys() {
    return ask("keys", { phone: this.#name });
  }

  get received() {
    return ask("received", { phone: this.#name });
  }

  #newest(states, what) {
    const calls = ask("calls", { phone: this.#name }).filter(({ state }) => states.includes(state));
    if (calls.length === 0) fail(this.#name + " cannot " + what + ": it has no call that is " + states.join(" or "));
    return this.#call(calls[calls.length - 1].leg);
  }

  /// The newest call that rings here.
  #ringing() {
    const calls = ask("calls", { phone: this.#name }).filter(({ state, incoming }) => state === "ringing" && incoming);
    return calls.length === 0 ? undefined : this.#call(calls[calls.length - 1].leg);
  }

  call(to) {
    const leg = ask("call", { phone: this.#name, to: dialled(to, "phone.call") });
    const call = this.#call(leg);
    return settled().then(() => call);
  }

  incoming() {
    return until(this.#name + " to be called", () => this.#ringing());
  }

  #received(what, deed) {
    return when(this.#name + " to be called, to " + what, () => this.#ringing(), deed);
  }

  ring(code_) {
    const wish = { ring: code(code_ ?? 180, 101, 199, "phone.ring") };
    return this.#received("ring", (call) => Call.order(call, wish));
  }

  answer() {
    return this.#received("answer", (call) => Call.order(call, "answer"));
  }

  reject(code_) {
    const wish = { reject: code(code_ ?? 486, 300, 699, "phone.reject") };
    return this.#received("reject", (call) => Call.order(call, wish));
  }

  hangUp() {
    return this.#newest(["calling", "ringing", "up"], "hang up").hangUp();
  }

  hold() {
    return this.#newest(["up"], "hold").hold();
  }

  resume() {
    return this.#newest(["up"], "resume").resume();
  }

  refer(to) {
    return this.#newest(["up"], "refer").refer(to);
  }

  sendDigits(digits) {
    return this.#newest(["up"], "send digits").sendDigits(digits);
  }

  sendInfo(type, body) {
    return this.#newest(["up"], "send").sendInfo(type, body);
  }

  sendText(text) {
    return this.#newest(["up"], "send").sendText(text);
  }

  say(what, options) {
    const { level, seconds: seconds_ } = options ?? {};
    const said =
      what === "speech" ? "speech"
      : typeof what === "number" && Number.isInteger(what) ? { tone: what }
      : typeof what === "object" && what !== null && typeof what.keys === "string" ? { keys: what.keys }
      : undefined;
    if (said === undefined) throw new TypeError("phone.say: " + show(what) + ' is no frequency in Hz, no { keys } and not "speech"');
    if (level !== undefined && typeof level !== "number") throw new TypeError("phone.say: " + show(level) + " is no level in dB");
    const lasts = seconds_ === undefined ? undefined : seconds(seconds_, "phone.say");
    ask("say", { phone: this.#name, what: said, level, seconds: lasts });
    return this;
  }

  silence() {
    ask("silence", { phone: this.#name });
    return this;
  }

  vanish() {
    ask("vanish", { phone: this.#name });
    return settled();
  }

  switchOff() {
    ask("switchOff", { phone: this.#name });
    return settled();
  }

  back() {
    ask("back", { phone: this.#name });
    return settled();
  }

  #manner(manner) {
    ask("manner", { phone: this.#name, manner });
    return this;
  }

  answersAfter(seconds_) {
    return this.#manner({ answersAfter: seconds(seconds_, "phone.answersAfter") });
  }

  rejectsWith(code_, after) {
    const wanted = code(code_, 300, 699, "phone.rejectsWith");
    return this.#manner({ rejectsWith: [wanted, seconds(after ?? 0, "phone.rejectsWith")] });
  }

  isSilent() {
    return this.#manner("isSilent");
  }

  givesUpAfter(seconds_) {
    return this.#manner({ givesUpAfter: seconds(seconds_, "phone.givesUpAfter") });
  }

  hangsUpAfter(seconds_) {
    return this.#manner({ hangsUpAfter: seconds(seconds_, "phone.hangsUpAfter") });
  }

  leavesWhenAccepted(seconds_) {
    return this.#manner({ leavesWhenAccepted: seconds(seconds_ ?? 0, "phone.leavesWhenAccepted") });
  }

  leavesOnSuccess(seconds_) {
    return this.#manner({ leavesOnSuccess: seconds(seconds_ ?? 0, "phone.leavesOnSuccess") });
  }

  followsTransfers() {
    return this.#manner("followsTransfers");
  }

  refusesTransfers(code_) {
    return this.#manner({ refusesTransfers: code(code_ ?? 603, 300, 699, "phone.refusesTransfers") });
  }
}

class Call {
  #phone;
  #leg;

  constructor(phone, leg) {
    this.#phone = phone;
    this.#leg = leg;
  }

  #seen() {
    return ask("seen", { phone: this.#phone.name, leg: this.#leg });
  }

  get phone() {
    return this.#phone;
  }

  get peer() {
    return this.#seen().peer;
  }

  get state() {
    return this.#seen().state;
  }

  get code() {
    return this.#seen().code ?? undefined;
  }

  get #name() {
    return this.#phone.name + "'s call with " + this.peer;
  }

  /// Does it now and returns the call.
  static order(call, wish) {
    ask("wish", { phone: call.#phone.name, leg: call.#leg, wish });
    return call;
  }

  #do(wish) {
    Call.order(this, wish);
    return settled().then(() => this);
  }

  answered() {
    return until(this.#name + " to be answered", () => {
      const { state, how } = this.#seen();
      if (state === "over") fail(this.#name + " was not answered: " + this.#phone.name + " " + how);
      return state === "up" ? this : undefined;
    });
  }

  ended() {
    return until(this.#name + " to end", () => {
      const { state, code, how } = this.#seen();
      return state === "over" ? { code: code ?? undefined, how } : undefined;
    });
  }

  answer() {
    return this.#do("answer");
  }

  reject(code_) {
    return this.#do({ reject: code(code_ ?? 486, 300, 699, "call.reject") });
  }

  hangUp() {
    return this.#do("hangUp");
  }

  hold() {
    return this.#do("hold");
  }

  resume() {
    return this.#do("resume");
  }

  sendDigits(digits) {
    const keys = text(digits, "call.sendDigits");
    for (const key of keys)
      if (!/[0-9A-Da-d*#,pPwW -]/.test(key)) throw new TypeError("call.sendDigits: " + show(key) + " is no digit");
    const own = { phone: this.#phone.name, leg: this.#leg };
    if (ask("press", { ...own, keys }))
      return until(this.#name + " to press " + keys, () => (ask("pressing", own) ? undefined : this));
    // What takes no telephone-events is told by INFO, without pauses.
    for (const digit of keys.toUpperCase())
      if (/[0-9A-D*#]/.test(digit))
        Call.order(this, { sendInfo: ["application/dtmf-relay", "Signal=" + digit + "\r\nDuration=160\r\n"] });
    return settled().then(() => this);
  }

  sendInfo(type, body) {
    return this.#do({ sendInfo: [text(type, "call.sendInfo"), String(body)] });
  }

  sendText(text_) {
    return this.#do({ sendText: text(text_, "call.sendText") });
  }

  refer(to) {
    const target = dialled(to, "call.refer");
    const id = ask("refer", { phone: this.#phone.name, leg: this.#leg, to: target });
    return new Transfer(this.#phone, id, target);
  }

  transfer(other) {
    if (!(other instanceof Call) || other.#phone !== this.#phone)
      throw new TypeError("call.transfer: " + show(other) + " is no other call of " + this.#phone.name);
    const id = ask("join", { phone: this.#phone.name, leg: this.#leg, other: other.#leg });
    return new Transfer(this.#phone, id, other.peer);
  }
}

class Transfer {
  #phone;
  #id;
  #to;

  constructor(phone, id, to) {
    this.#phone = phone;
    this.#id = id;
    this.#to = to;
  }

  #told() {
    return ask("transfer", { phone: this.#phone.name, id: this.#id });
  }

  get to() {
    return this.#to;
  }

  get notifies() {
    return this.#told().notifies;
  }

  get #name() {
    return this.#phone.name + "'s transfer to " + this.#to;
  }

  accepted() {
    return until("the answer to " + this.#name, () => this.#told().answer ?? undefined);
  }

  verdict() {
    return until("the verdict of " + this.#name, () => {
      const { answer, notifies, ended } = this.#told();
      return ended ? { code: notifies[notifies.length - 1] ?? answer, notifies } : undefined;
    });
  }
}
