// console, as in a browser. It writes the session's log.

const { LONGEST_LINE, NativeError, stringify, toText, write } = core;

/// As a console prints: errors with their stack, plain objects as JSON.
function printed(value) {
  if (typeof value !== "object" || value === null) return toText(value);
  try {
    if (value instanceof NativeError) {
      const { stack } = value;
      return typeof stack === "string" ? toText(value) + "\n" + stack : toText(value);
    }
    const json = stringify(value);
    return typeof json === "string" ? json : toText(value);
  } catch {
    return "[an object without a text]";
  }
}

function print(level, values) {
  let line = "";
  for (let i = 0; i < values.length && line.length <= LONGEST_LINE; i++)
    line += (i === 0 ? "" : " ") + printed(values[i]);
  write(level, line);
}

global.console = {
  log: (...values) => print("info", values),
  info: (...values) => print("info", values),
  debug: (...values) => print("info", values),
  warn: (...values) => print("warning", values),
  error: (...values) => print("error", values),
};
