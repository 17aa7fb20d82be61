// Bytes and texts, dates of other zones, ids. Lists of bytes are plain arrays of numbers, as VoxEngine has them.

const { NativeDate, absent, bytesOf, construct, expose, textOf, uncurry } = core;

expose("uuidgen", function uuidgen() {
  return host.uuid();
});
expose("base64_encode", function base64_encode(data) {
  return host.base64Encode(bytesOf(data, "base64_encode"));
});
expose("base64_decode", function base64_decode(data) {
  return host.base64Decode(textOf(data));
});
expose("bytes2hex", function bytes2hex(data, toUpperCase) {
  return host.hexEncode(bytesOf(data, "bytes2hex"), !!toUpperCase);
});
expose("hex2bytes", function hex2bytes(data) {
  return host.hexDecode(textOf(data));
});
expose("bytes2str", function bytes2str(data, encoding) {
  return host.decode(bytesOf(data, "bytes2str"), absent(encoding) ? "utf-8" : textOf(encoding));
});
expose("str2bytes", function str2bytes(data, encoding) {
  return host.encode(textOf(data), absent(encoding) ? "utf-8" : textOf(encoding));
});
expose("levenshtein_distance", function levenshtein_distance(str1, str2) {
  return host.distance(textOf(str1), textOf(str2));
});
const timeOf = uncurry(NativeDate.prototype.getTime);

expose("getLocalTime", function getLocalTime(timezone, date) {
  const time = absent(date) ? host.now() : timeOf(date);
  return construct(NativeDate, [time + host.zoneOffset(textOf(timezone), time)]);
});
