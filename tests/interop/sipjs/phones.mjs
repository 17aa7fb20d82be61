// SIP.js's own transfers against the real program, without a browser: node phones.mjs STORY PORT.
//
// SIP.js lets its transport and its media be replaced (`transportConstructor`, `sessionDescriptionHandlerFactory`).
// Here the transport is a UDP socket, and the media a description of PCMU without sound; everything between,
// transactions, dialogs, REFER, NOTIFY and Replaces, is SIP.js as it is.
import dgram from "node:dgram";
import {
  Inviter, SessionState, SIPExtension, TransportState, UserAgent,
} from "sip.js";

const HOST = "127.0.0.1";
const [story, port] = process.argv.slice(2);
const SERVER = { host: HOST, port: Number(port) };

/** SIP.js drops what does not name its `viaHost`, which has no port: on the wire its name is its real address. */
class UdpTransport {
  protocol = "UDP";
  state = TransportState.Disconnected;
  #listeners = new Set();
  stateChange = {
    addListener: (listener) => this.#listeners.add(listener),
    removeListener: (listener) => this.#listeners.delete(listener),
  };
  #socket;
  #name;
  #address;

  constructor(_logger, { name, socket }) {
    this.#name = name;
    this.#socket = socket;
    this.#address = `${HOST}:${socket.address().port}`;
    socket.on("message", (bytes, from) => {
      const text = bytes.toString().replaceAll(this.#address, this.#name);
      this.#socket.peer = from;
      this.onMessage?.(text);
    });
  }

  #become(state) {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }

  async connect() {
    this.#become(TransportState.Connecting);
    this.#become(TransportState.Connected);
    this.onConnect?.();
  }

  async disconnect() {
    this.#socket.close();
    this.#become(TransportState.Disconnecting);
    this.#become(TransportState.Disconnected);
    this.onDisconnect?.();
  }

  dispose() {
    return this.isConnected() ? this.disconnect() : Promise.resolve();
  }

  isConnected() {
    return this.state === TransportState.Connected;
  }

  async send(text) {
    const bytes = text.replaceAll(this.#name, this.#address);
    // Past the switchboard goes what is for another phone of ours.
    const direct = /^[A-Z]+ \S*@127\.0\.0\.1:(\d+)/.exec(bytes);
    const via = /^SIP\/2\.0 .*?^Via: [^\n]*? (127\.0\.0\.1):(\d+)/ms.exec(bytes);
    const port = Number(direct?.[1] ?? via?.[2] ?? SERVER.port);
    this.#socket.send(bytes, port, HOST);
  }
}

/** Offers and answers PCMU at a port at which nobody listens. */
class Description {
  #version = 0;

  async getDescription() {
    this.#version += 1;
    const body = ["v=0", `o=- 7 ${this.#version} IN IP4 ${HOST}`, "s=-", `c=IN IP4 ${HOST}`, "t=0 0",
      "m=audio 29000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=sendrecv", ""].join("\r\n");
    return { body, contentType: "application/sdp" };
  }

  hasDescription(contentType) {
    return contentType === "application/sdp";
  }

  async setDescription() {}
  async rollbackDescription() {}
  sendDtmf() {
    return false;
  }
  close() {}
}

class Phone {
  sessions = [];

  static async start(user, port) {
    const socket = dgram.createSocket("udp4");
    await new Promise((bound) => socket.bind(port, HOST, bound));
    const phone = new Phone();
    phone.port = port;
    phone.agent = new UserAgent({
      uri: UserAgent.makeURI(`sip:${user}@${HOST}`),
      contactName: user,
      contactParams: { transport: "udp" },
      viaHost: `${user}.invalid`,
      transportConstructor: UdpTransport,
      transportOptions: { name: `${user}.invalid`, socket },
      sessionDescriptionHandlerFactory: () => new Description(),
      sipExtensionReplaces: SIPExtension.Supported,
      logLevel: process.env.SIPJS_LOG ?? "error",
      delegate: {
        onInvite: (invitation) => {
          phone.keep(invitation);
          invitation.accept();
        },
      },
    });
    await phone.agent.start();
    return phone;
  }

  keep(session) {
    this.sessions.push(session);
    session.delegate = {
      onRefer: (referral) => this.onRefer(referral),
    };
    return session;
  }

  async call(user, port = SERVER.port) {
    const inviter = this.keep(new Inviter(this.agent, UserAgent.makeURI(`sip:${user}@${HOST}:${port}`)));
    await inviter.invite();
    await this.becomes(inviter, SessionState.Established);
    return inviter;
  }

  async becomes(session, state) {
    await until(() => session.state === state, `a session is ${session.state} and not ${state}`);
  }

  /** Its calls that are up. */
  get calls() {
    return this.sessions.filter((session) => session.state === SessionState.Established);
  }

  /** Asks for a transfer and returns what it is told: the answer, and every status that comes by NOTIFY. */
  refer(session, target) {
    const told = [];
    session.refer(target, {
      requestDelegate: {
        onAccept: ({ message }) => told.push(message.statusCode),
        onReject: ({ message }) => told.push(message.statusCode),
      },
      onNotify: (notification) => {
        notification.accept();
        told.push(Number(/^SIP\/2.0 (\d+)/.exec(notification.request.body)?.[1]));
      },
    });
    return told;
  }

  async onRefer(referral) {
    await referral.accept();
    const inviter = this.keep(referral.makeInviter());
    await inviter.invite();
  }
}

async function until(so, otherwise, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  while (!so()) {
    if (Date.now() > end) throw new Error(otherwise);
    await new Promise((next) => setTimeout(next, 20));
  }
}

const sum = (phones) => phones.map((phone) => phone.calls.length).join(" ");

/** `phones` have so many calls, and so it stays. */
async function settle(phones, calls) {
  await until(() => sum(phones) === calls, `the phones have ${sum(phones)} calls and not ${calls}`);
  await new Promise((next) => setTimeout(next, 1500));
  if (sum(phones) !== calls) throw new Error(`the phones have ${sum(phones)} calls later and not ${calls}`);
}

async function toldAtLast(told, code) {
  await until(() => told.at(-1) >= 200 && told.length > 1, `told ${told}`);
  if (told.at(-1) !== code) throw new Error(`told ${told} and not ${code} at last`);
}

const stories = {
  /** bob sends alice on to carol: `session.refer(uri)`. Its Refer-To has no angle brackets. */
  async blind(alice, bob, carol) {
    await alice.call("callee");
    const told = bob.refer(bob.calls[0], UserAgent.makeURI(`sip:target@${HOST}:${SERVER.port}`));
    await toldAtLast(told, 200);
    await settle([alice, bob, carol], "1 0 1");
    await alice.calls[0].bye();
    await settle([alice, bob, carol], "0 0 0");
  },

  /** Nobody is there: the old call goes on. */
  async blind_to_nobody(alice, bob, carol) {
    await alice.call("plain");
    const told = bob.refer(bob.calls[0], UserAgent.makeURI(`sip:nobody@${HOST}:${SERVER.port}`));
    await toldAtLast(told, 404);
    await settle([alice, bob, carol], "1 1 0");
    await alice.calls[0].bye();
    await settle([alice, bob, carol], "0 0 0");
  },

  /** bob has alice and carol, and joins them: `session.refer(otherSession)`. */
  async attended(alice, bob, carol) {
    await alice.call("plain");
    const [first] = bob.calls;
    const second = await bob.call("target");
    const told = bob.refer(first, second);
    await toldAtLast(told, 200);
    await settle([alice, bob, carol], "1 0 1");
    await carol.calls[0].bye();
    await settle([alice, bob, carol], "0 0 0");
  },

  /** bob's second call is past us: carol gets an INVITE with Replaces, and SIP.js ends the call that it names. */
  async attended_elsewhere(alice, bob, carol) {
    await alice.call("plain");
    const [first] = bob.calls;
    const second = await bob.call("target", carol.port);
    const told = bob.refer(first, second);
    await toldAtLast(told, 200);
    await settle([alice, bob, carol], "1 0 1");
    await alice.calls[0].bye();
    await settle([alice, bob, carol], "0 0 0");
  },

  /** A script sends alice on: `delegate.onRefer`, `referral.accept()`, `referral.makeInviter()`. */
  async referred(alice, bob, carol) {
    await alice.call("sends");
    await until(() => carol.calls.length === 1, "carol was never called");
    await settle([alice, bob, carol], "1 0 1");
    await carol.calls[0].bye();
    await settle([alice, bob, carol], "0 0 0");
  },
};

const [, , , , alicePort, bobPort, carolPort] = process.argv.map(Number);
const phones = [
  await Phone.start("alice", alicePort),
  await Phone.start("callee", bobPort),
  await Phone.start("target", carolPort),
];
try {
  await stories[story](...phones);
} catch (fault) {
  console.error(`${story}: ${fault.stack}`);
  process.exitCode = 1;
}
for (const phone of phones) await phone.agent.stop();
process.exit();
