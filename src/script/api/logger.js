// Logger, console and trace: all write the session's log. The host makes the text harmless and
// holds the session's limit; here it is only cut.

const LONGEST_LINE = 15000;

function write(level, value) {
  let text;
  try {
    text = typeof value === "string" ? value : toText(value);
  } catch {
    text = "[an object without a text]";
  }
  const whole = text.length;
  if (whole > LONGEST_LINE) text = slice(text, 0, LONGEST_LINE) + "… (" + whole + " characters, cut)";
  host.log(level, wellFormed(text));
}

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

const Logger = {
  write(message) {
    write("info", message);
  },
};

const console = {
  log: (...values) => print("info", values),
  info: (...values) => print("info", values),
  debug: (...values) => print("info", values),
  warn: (...values) => print("warning", values),
  error: (...values) => print("error", values),
};

expose("Logger", Logger);
expose("console", console);
expose("trace", function trace(data) {
  write("info", data);
});
