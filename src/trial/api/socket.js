// Servers for WebSockets: they say and play what the test tells them to.

class SocketServer {
  #id;
  #url;
  #taken = 0;

  constructor(url) {
    this.#url = text(url, "t.socket");
    this.#id = ask("socket", { url });
  }

  #does(does) {
    ask("socketDoes", { server: this.#id, does });
    return settled();
  }

  #meets(manner) {
    ask("socketManner", { server: this.#id, manner });
    return this;
  }

  get url() {
    return this.#url;
  }

  get messages() {
    return ask("socketSeen", { server: this.#id }).messages;
  }

  get streams() {
    return ask("socketSeen", { server: this.#id }).streams.map((start) => JSON.parse(start).start);
  }

  get open() {
    return ask("socketSeen", { server: this.#id }).open;
  }

  get connections() {
    return ask("socketSeen", { server: this.#id }).ever;
  }

  get trace() {
    return ask("socketSeen", { server: this.#id }).kept?.[0] || undefined;
  }

  get statistics() {
    const figures = ask("socketSeen", { server: this.#id }).kept?.[1];
    return figures ? JSON.parse(figures) : undefined;
  }

  connected() {
    return until(this.#url + " to be connected to", () => this.open > 0 || undefined);
  }

  message() {
    return until("a message to " + this.#url, () => this.messages[this.#taken]).then((message) => {
      this.#taken += 1;
      return message;
    });
  }

  send(message) {
    return this.#does({ say: typeof message === "string" ? message : JSON.stringify(message) });
  }

  say(hz, length, options) {
    if (!Number.isInteger(hz) || hz < 50 || hz > 4000) throw new TypeError("say: " + show(hz) + " is no pitch from 50 to 4000 Hz");
    const { tag, encoding } = options ?? {};
    return this.#does({ play: { hz, seconds: seconds(length ?? 1, "say"), tag, encoding } });
  }

  hears(hz) {
    if (!Number.isInteger(hz) || hz < 20 || hz > 20000) throw new TypeError("hears: " + show(hz) + " is no frequency in Hz");
    return ask("socketHears", { server: this.#id, hz });
  }

  close(code_, reason) {
    return this.#does({ close: { code: code(code_ ?? 1000, 1000, 4999, "close"), reason: reason ?? "" } });
  }

  break() {
    return this.#does("break");
  }

  refuse(status_) {
    return this.#meets({ refuses: status(status_ ?? 403, "refuse") });
  }

  fail() {
    return this.#meets("fails");
  }

  echo() {
    return this.#meets("echoes");
  }
}
