// A call to 4xx rings the people of a group one after another, until somebody answers.
//
// A scenario may be written in TypeScript: its types are taken out when it is loaded, and every fault has the line and
// column that you see here. `switchhook check --types` has the compiler check them.

interface Group {
  people: string[];
  /** How long each may ring, in seconds: 10 to 400. */
  ringS: number;
}

/** By the number that was dialled. */
const GROUPS: Record<string, Group> = {
  "400": { people: ["bob", "carol", "dave"], ringS: 15 },
  "401": { people: ["carol", "bob"], ringS: 30 },
};

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination, callerid, displayName }) => {
  const group: Group | undefined = GROUPS[destination];
  if (!group) return call.reject(404);

  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.ring();
  hunt(call, group, { callerid, displayName });
});

/** Rings the first of those who are left. */
function hunt(caller: Call, group: Group, who: { callerid: string; displayName: string }): void {
  const [username, ...people] = group.people;
  if (!username) return caller.reject(480);

  const callee = VoxEngine.callUser({
    username,
    ...who,
    extraHeaders: { "VI-CallTimeout": String(group.ringS) },
  });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
  });
  callee.addEventListener(CallEvents.Failed, () => hunt(caller, { ...group, people }, who));
  callee.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
}
