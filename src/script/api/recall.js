// Call.recall: the transferee of a transfer that came to nothing is given back to the transferor, who is
// called anew where it has hung up already.

const { Call, absent, callPSTN, callSIP, callUser, define, field, known, recordOfUnit, stillLiving, typeError } = core;

const { host: main } = core;

const WHAT = "Call.recall";

function recall(record, parameters) {
  const transferee = record.transferee;
  if (transferee === undefined) throw typeError(WHAT + ": nobody has asked for a transfer on this call");
  if (!stillLiving(transferee, WHAT)) return undefined;
  if (record.state !== "TERMINATED") {
    main.link(record.id, transferee.id);
    main.link(transferee.id, record.id);
    return record.call;
  }
  const call = callBack(record, transferee, parameters);
  const back = recordOfUnit(call, WHAT);
  back.joins = transferee;
  // Whoever listens or not, its answer is wanted here.
  main.listen(back.id, "*", true);
  return call;
}

/// Calls the party of a call that has ended, the way it came or went.
function callBack(record, transferee, parameters) {
  const asked = (name) => field(parameters, name);
  const callerid = asked("callerid");
  const options = {
    __proto__: null,
    callerid: absent(callerid) ? (transferee.incoming ? transferee.callerid : transferee.number) : callerid,
    displayName: asked("displayName"),
    headers: asked("headers"),
  };
  const { incoming, clientType, placed } = record;
  if (clientType === "pstn") return callPSTN(incoming ? record.callerid : placed.to, options);
  if (clientType === "user")
    return callUser({ __proto__: null, ...options, username: incoming ? record.callerid : placed.to });
  if (incoming) return callSIP(record.fromUri, options);
  const { authUser, password, outProxy } = placed;
  return callSIP(placed.to, { __proto__: null, ...options, authUser, password, outProxy });
}

// A method as the others of Call are: it can be replaced, and no listing shows it.
define(
  Call.prototype,
  "recall",
  {
    __proto__: null,
    method(parameters) {
      return recall(known(this, "recall"), parameters);
    },
  }.method,
  false,
);
