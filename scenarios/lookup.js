// Asks a CRM by HTTP who looks after the caller, and rings that colleague. Where the CRM has nothing to say within two
// seconds, or the colleague does not answer, the call goes to the front desk: a caller never waits for a database.
//
// An address that is not public, such as a CRM in your own house, must be named by `http.allow` in switchhook.json.
require(Modules.Net);

const CRM = "https://crm.example/agents";
const FRONT_DESK = "alice";

/** The user who looks after a number, or undefined. @param {string} number */
async function agentOf(number) {
  const { code, text, error } = await Net.httpRequestAsync(CRM, { params: { caller: number }, timeout: 2 });
  if (code !== 200) {
    Logger.write(`the CRM says ${error ?? code}`);
    return undefined;
  }
  try {
    return JSON.parse(text ?? "").agent;
  } catch {
    Logger.write("the CRM says no JSON");
    return undefined;
  }
}

VoxEngine.addEventListener(AppEvents.CallAlerting, async ({ call: caller, callerid, displayName }) => {
  caller.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  caller.ring();
  const agent = await agentOf(callerid);

  /** @param {string[]} desks */
  function ring([desk, ...others]) {
    if (desk === undefined) return caller.reject(480);
    const callee = VoxEngine.callUser({ username: desk, callerid, displayName });
    callee.addEventListener(CallEvents.Failed, () => ring(others));
    callee.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    callee.addEventListener(CallEvents.Connected, () => {
      caller.answer();
      VoxEngine.sendMediaBetween(caller, callee);
    });
  }

  ring(typeof agent === "string" ? [agent, FRONT_DESK] : [FRONT_DESK]);
});
