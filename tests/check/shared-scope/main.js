let state = "new";
var limit = 4;
function finish(call) {
  helper(call);
  unknown(call);
}
function wait() {}
