// Placing calls: callUser, callUserDirect, callSIP and callPSTN, each in its present form and in
// the older positional one; and callConference. What cannot be sent is an error here; whether anybody answers comes as an event.

let lastCall = 0;

/// What a call does with its `amd`; its part says, where it is loaded.
let amdOf = (value, what) => {
  throw typeError(what + ": amd is no detector; AMD.create makes one");
};
const amdIs = (beginsOf) => {
  amdOf = beginsOf;
};

const isOptions = (value) => typeof value === "object" && value !== null;

/// An empty text is there: it comes from a peer (a Refer-To without a user) and fails as any number
/// that nobody has.
function required(value, what) {
  if (absent(value)) throw typeError(what + " is missing");
  return textOf(value);
}

/// Sends the wish and returns the Call that stands for it from now on.
function place(kind, to, options, what) {
  let timeout;
  const headers = headersToSend(options.headers, what, (seconds) => {
    timeout = seconds;
  });
  const callerid = host.plainText(optionalText(options.callerid), what + ": callerid");
  const displayName = host.plainText(optionalText(options.displayName), what + ": displayName");
  const begins = absent(options.amd) ? undefined : amdOf(options.amd, what);
  const dead = phase !== "running";
  const record = newCall({
    __proto__: null,
    id: lastCall + 1,
    incoming: false,
    state: dead ? "TERMINATED" : "PROGRESSING",
    callerid: host.userOf(callerid),
    displayName: host.nameOf(displayName),
    number: host.userOf(to),
    clientType: kind,
    headers: {},
  });
  record.placed = { __proto__: null, to, authUser: options.authUser, password: options.password, outProxy: options.outProxy };
  lastCall += 1;
  if (dead) {
    warn(what + " does nothing: the session is ending");
    return record.call;
  }
  host.placeCall({
    __proto__: null,
    kind,
    call: record.id,
    to,
    incoming: options.incoming,
    callerid,
    displayName,
    headers,
    timeout,
    authUser: host.plainText(optionalText(options.authUser), what + ": authUser"),
    password: host.plainText(optionalText(options.password), what + ": password"),
    outProxy: host.plainText(optionalText(options.outProxy), what + ": outProxy"),
  });
  if (begins !== undefined) begins(record);
  return record.call;
}

function callUser(parameters) {
  const what = "VoxEngine.callUser";
  const options = { __proto__: null };
  let username;
  if (isOptions(parameters)) {
    username = parameters.username;
    options.callerid = parameters.callerid;
    options.displayName = parameters.displayName;
    options.headers = absent(parameters.extraHeaders) ? parameters.headers : parameters.extraHeaders;
    options.amd = parameters.amd;
  } else {
    // callUser(username, callerid, displayName, extraHeaders, video, scheme)
    username = arguments[0];
    options.callerid = arguments[1];
    options.displayName = arguments[2];
    options.headers = arguments[3];
  }
  return place("user", host.plainText(required(username, what + ": the username"), what), options, what);
}

function callUserDirect(incomingCall, username, parameters) {
  const what = "VoxEngine.callUserDirect";
  const options = { __proto__: null, incoming: recordOfCall(incomingCall, what).id };
  if (isOptions(parameters)) {
    options.callerid = parameters.callerid;
    options.displayName = parameters.displayName;
    options.headers = absent(parameters.extraHeaders) ? parameters.headers : parameters.extraHeaders;
  } else {
    // callUserDirect(call, username, callerid, displayName, extraHeaders)
    options.callerid = parameters;
    options.displayName = arguments[3];
    options.headers = arguments[4];
  }
  return place("user", host.plainText(required(username, what + ": the username"), what), options, what);
}

function callSIP(to, parameters) {
  const what = "VoxEngine.callSIP";
  const options = { __proto__: null };
  const read = (from) => {
    options.displayName = from.displayName;
    options.password = from.password;
    options.authUser = from.authUser;
    options.headers = absent(from.headers) ? from.extraHeaders : from.headers;
    options.outProxy = from.outProxy;
    options.amd = from.amd;
    if (!absent(from.regId)) warn(what + ": regId is ignored; registrations are the configuration's trunks");
  };
  if (isOptions(parameters)) {
    read(parameters);
    options.callerid = parameters.callerid;
  } else if (isOptions(arguments[2])) {
    // callSIP(to, callerid, {regId})
    read(arguments[2]);
    options.callerid = parameters;
  } else {
    // callSIP(to, callerid, displayName, password, authUser, extraHeaders, video, outProxy)
    options.callerid = parameters;
    options.displayName = arguments[2];
    options.password = arguments[3];
    options.authUser = arguments[4];
    options.headers = arguments[5];
    options.outProxy = arguments[7];
  }
  return place("sip", host.plainText(required(to, what + ": the address"), what), options, what);
}

function callPSTN(number, callerid, parameters) {
  const what = "VoxEngine.callPSTN";
  const options = { __proto__: null, callerid };
  if (isOptions(callerid)) {
    // callPSTN(number, {callerid}): no callerid in its place.
    options.callerid = callerid.callerid;
    parameters = callerid;
  }
  if (isOptions(parameters)) {
    options.displayName = parameters.displayName;
    options.headers = absent(parameters.headers) ? parameters.extraHeaders : parameters.headers;
    options.amd = parameters.amd;
  }
  return place("pstn", host.plainText(required(number, what + ": the number"), what), options, what);
}

/// To whichever session hosts the conference of this name.
function callConference(conferenceId, callerid, displayName, headers, scheme) {
  const what = "VoxEngine.callConference";
  const options = { __proto__: null, callerid, displayName, headers };
  const name = host.plainText(required(conferenceId, what + ": the conference's id"), what);
  if (name === "") throw typeError(what + ": the conference's id is missing");
  return place("conference", name, options, what);
}
