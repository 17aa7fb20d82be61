// Types help to see more, and are no names that somebody must declare.
interface Waiting { call: Call; since: number }
const waiting: Waiting[] = [];
function take(call: Call, names: Map<string, Waiting>): Missing | undefined {
  call.hangUp();
  return names as any;
}
let partner: Call | undefined;
function end() {
  partner!.hangup();
  partner?.hngup();
  (partner as Call).rejct(486);
}
