// What a test awaits. The driver lets the world go on, a step at a time, and asks after each step whether
// something that is awaited has come. One thing is given at a time, so the order is always the same.
//
// A thing has come once it has happened and everything that it set off has been said: no message is on the
// way, no script has a turn to take. Where the net is never calm, a second later.

const CALM = 1e6;
const waits = [];
const phones = [];
let patience = 300e6;

/// `ready` gives what is waited for, or undefined. `what` completes "waited for …".
const until = (what, ready, at = here()) =>
  new Promise((resolve, reject) => {
    waits.push({ what, ready, resolve, reject, at, deadline: now() + patience, since: undefined, owed: false });
  });

/// Until everything has been said.
const settled = () => until("the net to be calm", () => true);

const sleep = (time) =>
  new Promise((resolve) => {
    waits.push({ time: now() + Math.round(time * 1e6), resolve });
  });

/// Does something as soon as it can be done: now, or when `ready` has something for it.
function when(what, ready, deed) {
  const at = here();
  const got = ready();
  const done = (result) => settled().then(() => result);
  if (got !== undefined) return done(deed(got));
  const promise = until(what, ready, at);
  waits[waits.length - 1].owed = true;
  return promise.then((got) => {
    try {
      return done(deed(got));
    } catch (error) {
      if (error instanceof Error) error.stack = at;
      throw error;
    }
  });
}

/// What each phone has seen or done last, for a report.
const lately = () => {
  const lines = phones.map((phone) => {
    const news = phone.news;
    return "\n     " + phone.name + " " + (news.length === 0 ? "has seen nothing" : news[news.length - 1]);
  });
  return lines.slice(0, 20).join("");
};

/// Gives one thing that has come. Else says until when the world may go on, in microseconds, or what never came.
function tick(calm) {
  const question = servers.length === 0 ? null : ask("question");
  if (question !== null) {
    Server.ask(question);
    return { given: true };
  }
  if (serverFault !== undefined) return { never: serverFault };
  const time = now();
  let wake;
  const no_later = (at) => {
    wake = wake === undefined ? at : Math.min(wake, at);
  };
  for (let i = 0; i < waits.length; i++) {
    const wait = waits[i];
    if (wait.time !== undefined) {
      if (time >= wait.time) {
        waits.splice(i, 1);
        wait.resolve();
        return { given: true };
      }
      no_later(wait.time);
      continue;
    }
    let value;
    try {
      value = wait.ready();
    } catch (error) {
      if (error instanceof Error) error.stack = wait.at;
      waits.splice(i, 1);
      wait.reject(error);
      return { given: true };
    }
    if (value === undefined) {
      wait.since = undefined;
      if (time >= wait.deadline)
        return { never: { message: "waited for " + wait.what + ", in vain" + lately(), stack: wait.at } };
      no_later(wait.deadline);
      continue;
    }
    wait.since ??= time;
    if (calm || time - wait.since >= CALM) {
      waits.splice(i, 1);
      wait.resolve(value);
      return { given: true };
    }
    no_later(wait.since + CALM);
  }
  return { wake };
}

/// What was ordered and has never been done, at the end of a test.
function owed() {
  const wait = waits.find((wait) => wait.owed);
  return wait && { message: "the test has ended and still waits for " + wait.what, stack: wait.at };
}
