// What a test of a scenario can use (`NAME.test.js` beside the scenarios, `switchhook test`). A test compares this
// file with the running program both ways.
//
// Every test has a JavaScript engine and a world of its own: phones, a network, the switchboard with the scenarios
// and rules of the folder. Time is the world's and stands still while the test runs; times are in seconds. There is
// no Date, no file and no network but the world's. `console.log` writes into the ladder.
//
// A phone does at once what it is told; where it must be called first, it waits for that. What is awaited has come
// once it has happened and all that it set off has been said. What does not come within 300 s fails the test.

/** Names a test and says how it goes. */
declare const test: TestFunction;

/** What must hold now; it throws where it does not. */
declare function expect(value: any): Expectation;

interface TestFunction {
  /** A test; no two of a file have the same name. */
  (name: string, body: (t: Trial) => any): void;
  /** A test that is not played. */
  skip(name: string, body: (t: Trial) => any): void;
}

/** The world of one test. */
interface Trial {
  /** A new phone. Its `user` is its name where nothing else is said. Where the configuration or the test gives a password, it registers with it; else it has a fixed address. With `trunk` it stands for a trunk of the configuration. */
  phone(name: string, options?: { user?: string; password?: string; trunk?: string; codecs?: ("opus" | "G722" | "PCMU" | "PCMA")[] }): TestPhone;
  /** A server outside, for requests to this URL: whole, or without its query; `*` stands for any text. Of several the newest answers. It says 200 without a body until it is told otherwise. A request that no server is there for fails the test, with the line of the scenario that asked. */
  http(url: string, method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS"): TestServer;
  /** A server for WebSockets at this URL: whole, or without its query; `*` stands for any text. Of several the newest takes a connection. A connection that no server is there for fails the test, with the line of the scenario. */
  socket(url: string): TestSocket;
  /** Sends a request to the newest session, as whoever has its `accessURL` does (`AppEvents.HttpRequest`); the status of the answer: 404 where there is no session any more. What is no text is sent as JSON. */
  request(method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, content?: any, headers?: { [name: string]: string }): Promise<number>;
  /** Sound for a player, such as `t.http("https://…/hello.wav").reply(t.tone(440, 2))` or `t.clip("hello.wav", t.tone(440, 2))`: a sine of 50 to 4000 Hz, 600 s at most. */
  tone(hz: number, seconds: number): TestTone;
  /** What `ApplicationStorage` has; empty at first. */
  readonly storage: TestStorage;
  /** Lets so much time pass. */
  sleep(seconds: number): Promise<void>;
  /** Waits until the condition holds; it is asked whenever something has happened. `what` is for the report. */
  until<T>(condition: () => T, what?: string): Promise<T>;
  /** Waits until no message is on the way and no script has a turn to take. */
  settled(): Promise<any>;
  /** From now on, how long whatever is awaited may take. */
  patience(seconds: number): void;
  /** What is found at a URL or in the media folder from now on, or is said where it is a text: a tone (`t.tone(440, 2)`), or silence that lasts so long. Without it nothing is found, and a text takes 60 ms a character. */
  clip(name: string, sound: number | TestTone): void;
  /** What the recogniser of scenarios understands: one for each utterance, in their order, 0.2 s after its end or `after` so many seconds. `confidence` is 90 where nothing is said; `error` is why it does not understand. An utterance that nothing is said of fails the test, with the line of the scenario that made the recogniser. */
  recognise(...said: (string | { text: string; confidence?: number; after?: number } | { error: string; after?: number })[]): void;
  /** Another setting of `switchhook.json` from now on, e.g. `t.setting("transfer.graceS", 1)`. */
  setting(path: string, value: string | number | boolean): void;
  /** A script that breaks does not fail this test. */
  allowFaults(): void;
  /** What goes wrong on the way. */
  readonly network: TestNetwork;
  /** The time since the test began. */
  readonly now: number;
  /** From now on nothing can be recorded, and this says why; without an argument it can again. */
  disk(fault?: string): void;
  /** What has been recorded so far, in the order in which it began. */
  readonly recordings: TestRecording[];
  /** What the sessions have logged, line by line. */
  readonly log: string[];
  /** What was posted to status URLs: the URL, then the body. */
  readonly posts: string[];
  /** All that was said and logged, each line with its time. */
  readonly ladder: string;
}

/** What a recorder has written. */
interface TestRecording {
  readonly number: number;
  readonly format: "mp3" | "wav" | "flac";
  /** In Hz. */
  readonly rate: number;
  readonly stereo: boolean;
  /** How long it is. */
  readonly seconds: number;
}

/** A server that the test stands for. */
interface TestServer {
  /** As the test has named it. */
  readonly url: string;
  /** What was asked of it so far, oldest first; statuses that were posted to it as well. `place` is the line of the scenario, `at` the time. */
  readonly requests: TestRequest[];
  /** What it says: a body that is neither a text nor a list of bytes is sent as JSON. Said again and again, it answers one after the other and the last again and again. A function is asked with each request and gives a text, or `{ status, body, headers }`, or a promise of them. */
  reply(status: number | TestTone | ((request: TestRequest) => any), body?: any, headers?: { [name: string]: string }): TestServer;
  /** There is no answer: no connection, no such host, none in time, or it breaks. */
  fail(why?: "connection" | "host" | "timeout" | "broken"): TestServer;
  /** How long it takes; 0.02 s else. */
  after(seconds: number): TestServer;
  /** It answers so often; after that it is as if it were not there. */
  times(count: number): TestServer;
}

/** A request of a scenario. */
interface TestRequest {
  method: string;
  url: string;
  headers: { [name: string]: string };
  body: string;
  at: number;
  place?: string | null;
}

/** A server for WebSockets that the test stands for; it takes whoever connects, and does what it is told in all its connections. */
interface TestSocket {
  /** As the test has named it. */
  readonly url: string;
  /** The texts that came so far, oldest first; messages of sound are none. */
  readonly messages: string[];
  /** The `start` of each stream of sound that came: its tag, format and parameters. */
  readonly streams: any[];
  /** Its connections that are open now. */
  readonly open: number;
  /** How many connections there were in all. */
  readonly connections: number;
  /** The trace of its newest connection, where the scenario has asked for one. */
  readonly trace: string | undefined;
  /** The figures of its newest connection (docs/websockets.md), where the scenario has asked for them. */
  readonly statistics: any;
  /** Waits until somebody is connected. */
  connected(): Promise<any>;
  /** Waits for the next text that came, one after the other. */
  message(): Promise<string>;
  /** Says a text, or an object as JSON. */
  send(message: any): Promise<any>;
  /** Plays a sine of 50 to 4000 Hz, 1 s where it does not say, all of it at once as agents do. `encoding` is one of WebSocketAudioEncoding. */
  say(hz: number, seconds?: number, options?: { tag?: string; encoding?: "PCM8" | "PCM16" | "ULAW" | "ALAW" | "OPUS" }): Promise<any>;
  /** Whether it hears a tone of this frequency now. */
  hears(hz: number): boolean;
  /** Closes its connections, with 1000 where it does not say. */
  close(code?: number, reason?: string): Promise<any>;
  /** Its connections break. */
  break(): Promise<any>;
  /** From now on it refuses connections, with 403 where it does not say. */
  refuse(status?: number): TestSocket;
  /** From now on nobody is there. */
  fail(): TestSocket;
  /** From now on what it hears comes back. */
  echo(): TestSocket;
}

/** Sound that `t.http` may reply to a player. */
interface TestTone {
  readonly hz: number;
  readonly seconds: number;
}

/** What scenarios keep. */
interface TestStorage {
  /** Makes an entry, for a day or for `ttl` seconds. */
  set(key: string, value: string | number, ttl?: number): void;
  /** The value of a key; null where there is none. */
  get(key: string): string | null;
  /** The keys that have not expired. */
  readonly keys: string[];
  /** From now on whatever is asked of it is rejected, for this reason; `null`: it works again. */
  fail(why?: string | null): void;
}

/** Which message is meant: the first one from now on, or the `nth`; by a phone, or by `"switchhook"`. */
interface WhichMessage {
  nth?: number | "every";
  from?: TestPhone | "switchhook";
  to?: TestPhone | "switchhook";
}

/** The network. Messages are named `"BYE"`, `"486"` or `"200 INVITE"`. */
interface TestNetwork {
  /** Loses a message; its sender may repeat it. */
  lose(message: string, which?: WhichMessage): void;
  /** Delivers a message twice. */
  double(message: string, which?: WhichMessage): void;
  /** Delivers a message so much later. */
  delay(message: string, seconds: number, which?: WhichMessage): void;
  /** From now on, for every message: shares from 0 to 1, and the shortest and longest time on the way (0.01 s). */
  weather(weather: { lost?: number; doubled?: number; delay?: [number, number] }): void;
}

/** A phone that speaks SIP. It rings at once when it is called, and waits for what the test says. */
interface TestPhone {
  /** As ladders call it. */
  readonly name: string;
  /** Whose phone it is: the number or name under which it is reached. */
  readonly user: string;
  /** Its calls that are not over, oldest first. */
  readonly calls: TestCall[];
  /** What it has seen and done, in words. */
  readonly news: string[];
  /** The keys that came as telephone-events, on calls that are up. */
  readonly keys: string;
  /** The INFO and MESSAGE requests that came. */
  readonly received: { method: string; body: string }[];
  /** Dials a number, a user, another phone or a SIP address. Resolves when the call rings, is answered or refused. */
  call(to: string | TestPhone): Promise<TestCall>;
  /** Waits until it is called. */
  incoming(): Promise<TestCall>;
  /** Says once more that it rings: 180, or 183 with sound. */
  ring(code?: number): Promise<TestCall>;
  /** Answers the call that rings; waits for one where none does. */
  answer(): Promise<TestCall>;
  /** Refuses the call that rings (486); waits for one where none does. */
  reject(code?: number): Promise<TestCall>;
  /** Ends its newest call. */
  hangUp(): Promise<TestCall>;
  /** Puts its newest call on hold. */
  hold(): Promise<TestCall>;
  /** Takes it off hold. */
  resume(): Promise<TestCall>;
  /** A blind transfer in its newest call: the partner shall talk to somebody else. */
  refer(to: string | TestPhone): TestTransfer;
  /** Presses keys in its newest call, as `call.sendDigits` does. */
  sendDigits(digits: string): Promise<TestCall>;
  /** An INFO in its newest call. */
  sendInfo(type: string, body: string): Promise<TestCall>;
  /** A MESSAGE in its newest call. */
  sendText(text: string): Promise<TestCall>;
  /** From now on it says this on its calls, as real sound: a tone of 20 to 7500 Hz, something like speech, or the tones of keys; until it says something else, for `seconds`, or for ever. `level` is in dB of full scale, -15 where nothing is said. */
  say(what: number | "speech" | { keys: string }, options?: { level?: number; seconds?: number }): TestPhone;
  /** From now on it sends no sound. */
  silence(): TestPhone;
  /** From now on nothing reaches it and nothing leaves it. */
  vanish(): Promise<any>;
  /** From now on its port is closed, and who sends there learns it. */
  switchOff(): Promise<any>;
  /** It is reached again. */
  back(): Promise<any>;
  /** From now on it answers by itself, so long after it was called. */
  answersAfter(seconds: number): TestPhone;
  /** From now on it refuses by itself. */
  rejectsWith(code: number, seconds?: number): TestPhone;
  /** From now on it says nothing to a call, not even that it rings. */
  isSilent(): TestPhone;
  /** From now on it gives up calls of its own that nobody answers. */
  givesUpAfter(seconds: number): TestPhone;
  /** From now on it hangs up calls so long after they came. */
  hangsUpAfter(seconds: number): TestPhone;
  /** From now on it hangs up as soon as a transfer of its own is accepted, as most phones do, or so much later. */
  leavesWhenAccepted(seconds?: number): TestPhone;
  /** From now on it hangs up when a transfer of its own has succeeded, or so much later. */
  leavesOnSuccess(seconds?: number): TestPhone;
  /** From now on it does what a REFER of the switchboard asks: it calls, and tells how that goes. */
  followsTransfers(): TestPhone;
  /** From now on it refuses a REFER with this code; 603 at first. */
  refusesTransfers(code?: number): TestPhone;
}

/** A call of a phone. */
interface TestCall {
  /** Whose call it is. */
  readonly phone: TestPhone;
  /** Who was dialled, or who called. */
  readonly peer: string;
  /** Where it stands. */
  readonly state: "calling" | "ringing" | "up" | "over";
  /** The newest status code that the phone has heard or given. */
  readonly code: number | undefined;
  /** Waits until it is answered; fails where it ends instead. */
  answered(): Promise<TestCall>;
  /** Waits until it is over. `how` says it in words. */
  ended(): Promise<{ code: number | undefined; how: string }>;
  /** Answers it. */
  answer(): Promise<TestCall>;
  /** Refuses it (486). */
  reject(code?: number): Promise<TestCall>;
  /** Ends it, wherever it stands. */
  hangUp(): Promise<TestCall>;
  /** Puts it on hold. */
  hold(): Promise<TestCall>;
  /** Takes it off hold. */
  resume(): Promise<TestCall>;
  /** Presses keys: 0–9, A–D, * and #, and `w`, `,` and `p` for pauses of half a second and a second. As telephone-events where the call has agreed to those; else each as an INFO. Resolves when the last is pressed. */
  sendDigits(digits: string): Promise<TestCall>;
  /** An INFO. */
  sendInfo(type: string, body: string): Promise<TestCall>;
  /** A MESSAGE. */
  sendText(text: string): Promise<TestCall>;
  /** A blind transfer: the partner of this call shall talk to somebody else. */
  refer(to: string | TestPhone): TestTransfer;
  /** An attended transfer: the partners of this call and of another of the same phone shall talk. */
  transfer(other: TestCall): TestTransfer;
}

/** A transfer that a phone has asked for. */
interface TestTransfer {
  /** To whom. */
  readonly to: string;
  /** The codes that the phone has been told so far. */
  readonly notifies: number[];
  /** Waits for the answer to the REFER itself, e.g. 202. */
  accepted(): Promise<number>;
  /** Waits for the end. `code` is the last thing told, or the refusal of the REFER. */
  verdict(): Promise<{ code: number; notifies: number[] }>;
}

/** What `expect` gives. */
interface Expectation {
  /** The opposite of what follows. */
  readonly not: Expectation;
  /** The same value. */
  toBe(value: any): void;
  /** The same all the way down; a report says where it is not. */
  toEqual(value: any): void;
  /** A text that fits the pattern, or has this text in it. */
  toMatch(pattern: RegExp | string): void;
  /** A text or a list with this in it; of a list of texts, one has it in it. */
  toContain(part: any): void;
  /** More than this. */
  toBeGreaterThan(value: number): void;
  /** Less than this. */
  toBeLessThan(value: number): void;
  /** Whatever counts as true. */
  toBeTruthy(): void;
  /** A function that throws, with a message that fits. */
  toThrow(pattern?: RegExp | string): void;
  /** A server of `t.http` that was asked something, or so many times. */
  toBeAsked(count?: number): void;
  /** A ladder as it is kept in `NAME.test.ladders`; `switchhook test --update` keeps what there is. */
  toMatchLadder(): void;
  /** A phone that gets the sound of another. */
  toHear(phone: TestPhone): void;
  /** A phone that gets nobody's sound. */
  toHearNobody(): void;
  /** A recording that has a tone of this frequency: on a side, where it has two, and between two moments of it. */
  toHold(hz: number, where?: { side?: "left" | "right"; from?: number; to?: number }): void;
  /** A phone that hears a tone of this frequency now (the latest 0.4 s): one that the program plays, or that a phone says. */
  toHearTone(hz: number): void;
  /** A phone that hears what another says (`say("speech")`, the latest 3 s), and hardly changed. */
  toHearSpeech(phone: TestPhone): void;
  /** Two phones that hear each other. */
  toTalkTo(phone: TestPhone): void;
  /** A phone with so many calls. */
  toHaveCalls(count: number): void;
}
