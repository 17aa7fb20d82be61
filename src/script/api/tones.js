// The keys of phones: those that a call's far end presses come as ToneReceived, and others are pressed for it.

const { Call, absent, define, expose, known, rangeError, stillLiving, textOf, toNumber } = core;

const DTMFType = { ALL: 0, TELEPHONE_EVENT: 1, IN_BAND: 2, SIP_INFO: 3 };

function handleTones(record, doHandle, supportedDtmfTypes) {
  const what = "Call.handleTones";
  const type = absent(supportedDtmfTypes) ? DTMFType.ALL : toNumber(supportedDtmfTypes);
  if (!(type === 0 || type === 1 || type === 2 || type === 3)) throw rangeError(what + ": there is no such DTMFType");
  if (!stillLiving(record, what)) return;
  const handles = (one) => !!doHandle && (type === DTMFType.ALL || type === one);
  host.handleTones(
    record.id,
    handles(DTMFType.TELEPHONE_EVENT),
    handles(DTMFType.IN_BAND),
    handles(DTMFType.SIP_INFO),
  );
}

function sendDigits(record, digits) {
  const text = absent(digits) ? "" : textOf(digits);
  if (stillLiving(record, "Call.sendDigits")) host.sendDigits(record.id, text);
}

expose("DTMFType", DTMFType);

// Methods as the others of Call are: they can be replaced, and no listing shows them.
const methods = {
  __proto__: null,
  handleTones(doHandle, supportedDtmfTypes) {
    handleTones(known(this, "handleTones"), doHandle, supportedDtmfTypes);
  },
  sendDigits(digits) {
    sendDigits(known(this, "sendDigits"), digits);
  },
};
define(Call.prototype, "handleTones", methods.handleTones, false);
define(Call.prototype, "sendDigits", methods.sendDigits, false);
