// Values as a reader of a report wants them, and where two of them differ.

function show(value, depth = 0) {
  if (typeof value === "string") return JSON.stringify(value.length > 500 ? value.slice(0, 500) + "…" : value);
  if (typeof value === "bigint") return value + "n";
  if (typeof value === "function") return value.name === "" ? "a function" : "the function " + value.name;
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Phone) return "the phone " + value.name;
  if (value instanceof Server) return "the server " + value.url;
  if (value instanceof Error) return value.name + ": " + value.message;
  if (value instanceof RegExp) return String(value);
  if (depth > 4) return "…";
  if (Array.isArray(value)) return "[" + value.map((one) => show(one, depth + 1)).join(", ") + "]";
  const inside = Object.entries(value).map(([key, one]) => key + ": " + show(one, depth + 1));
  return inside.length === 0 ? "{}" : "{ " + inside.join(", ") + " }";
}

const isList = (value) => typeof value === "object" && value !== null;

/// The places at which `got` is not what was wanted, as `path: wanted …, got …`.
function differences(wanted, got, path = "", found = [], depth = 0) {
  if (Object.is(wanted, got) || found.length >= 20) return found;
  if (depth > 100) throw new TypeError("expect: too deep to be compared, or without an end");
  const alike = isList(wanted) && isList(got) && Array.isArray(wanted) === Array.isArray(got);
  if (!alike || wanted instanceof Phone || wanted instanceof RegExp || wanted instanceof Error) {
    found.push({ path, wanted: show(wanted), got: show(got) });
    return found;
  }
  const at = (key) => (Array.isArray(wanted) ? path + "[" + key + "]" : path + "." + key);
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(got)])) {
    if (!Object.hasOwn(got, key)) found.push({ path: at(key), wanted: show(wanted[key]), got: "nothing" });
    else if (!Object.hasOwn(wanted, key)) found.push({ path: at(key), wanted: "nothing", got: show(got[key]) });
    else differences(wanted[key], got[key], at(key), found, depth + 1);
  }
  return found;
}
