// What VoxEngine has and switchhook has not, yet.
require(Modules.AI);
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  e.call.answerDirect();
  const bot = AI.createDialogflow({});
  bot.addEventListener(AI.Events.DialogflowError, () => {});
  VoxEngine.enqueueACDRequest("queue", "1");
  anything(e).answerDirect();
});
function anything(e) {
  return e.call;
}
const gemini = Gemini;
