// What was asked of the world outside and is not answered yet. Each answer comes in a turn of its own.

const inquiries = { __proto__: null };
let lastInquiry = 0;

/// `ask` is called with a name for the question, `done` later with what is told; `done` once at most.
function inquire(ask, done) {
  const id = ++lastInquiry;
  ask(id);
  inquiries[id] = done;
}

function replied({ inquiry, told }) {
  const done = inquiries[inquiry];
  if (done === undefined) return;
  delete inquiries[inquiry];
  done(told);
}
