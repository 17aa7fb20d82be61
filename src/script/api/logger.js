// Logger and trace, as console.js: all write the session's log. The host makes the text harmless and
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

const Logger = {
  write(message) {
    write("info", message);
  },
};

expose("Logger", Logger);
expose("trace", function trace(data) {
  write("info", data);
});
expose("require", function require(module) {});
