// Names that have no value yet.
console.log(first);
const first = 1;
let own = own + 1;
function fine() {
  return later;
}
let later = 2;
if (first) {
  console.log(inner);
  class inner {}
}
const wait = () => afterwards;
const afterwards = wait;
