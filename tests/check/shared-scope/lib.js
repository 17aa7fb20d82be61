const limit = 3;
let state;
function helper(call) {
  return finish(call);
}
wait();
