// What is listened for in what a call's far end says: whether somebody speaks, and a beep. ToneDetected needs no method:
// the session listens for it while somebody listens to it.

const { Call, absent, define, field, isArray, known, rangeError, stillLiving, toNumber, typeError, units } = core;

const MOST_FREQUENCIES = 16;
const LONGEST_WAIT = 3600000;

function frequenciesOf(parameters, what) {
  const given = field(parameters, "frequencies");
  const list = [];
  if (absent(given)) return list;
  if (!isArray(given)) throw typeError(what + ": frequencies is a list of numbers in Hz");
  if (given.length > MOST_FREQUENCIES) throw rangeError(what + ": at most " + MOST_FREQUENCIES + " frequencies");
  for (let n = 0; n < given.length; n++) {
    const hz = toNumber(given[n]);
    if (!(hz >= 200 && hz <= 3400)) throw rangeError(what + ": a frequency is 200 to 3400 Hz");
    define(list, n, hz - (hz % 1));
  }
  return list;
}

function timeoutOf(parameters, what) {
  const given = field(parameters, "timeout");
  if (absent(given)) return 0;
  const ms = toNumber(given);
  if (!(ms >= 1 && ms <= LONGEST_WAIT)) throw rangeError(what + ": the timeout is 1 to " + LONGEST_WAIT + " milliseconds");
  return ms - (ms % 1);
}

// Methods as the others of Call are: they can be replaced, and no listing shows them.
const methods = {
  __proto__: null,
  handleMicStatus(handle) {
    const record = known(this, "handleMicStatus");
    if (!stillLiving(record, "Call.handleMicStatus")) return;
    record.listensForVoice = !!handle;
    host.handleMicStatus(record.id, !!handle);
  },
  vad() {
    const record = known(this, "vad");
    if (record.state === "TERMINATED") return false;
    if (record.listensForVoice) return true;
    // A recogniser hears one source, and finds the speech in it.
    for (const id in units) if (units[id].kind === "ASR" && units[id].heard === record) return true;
    return false;
  },
  enableBeepDetection(parameters) {
    const what = "Call.enableBeepDetection";
    const record = known(this, "enableBeepDetection");
    const frequencies = frequenciesOf(parameters, what);
    const timeout = timeoutOf(parameters, what);
    if (stillLiving(record, what)) host.detectBeep(record.id, frequencies, timeout);
  },
  disableBeepDetection() {
    const record = known(this, "disableBeepDetection");
    if (stillLiving(record, "Call.disableBeepDetection")) host.detectNoBeep(record.id);
  },
};
for (const name of ["handleMicStatus", "vad", "enableBeepDetection", "disableBeepDetection"])
  define(Call.prototype, name, methods[name], false);
