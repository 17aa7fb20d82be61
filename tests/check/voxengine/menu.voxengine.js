require(Modules.ApplicationStorage);
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  e.call.answer();
  e.call.answerDirect();
  const queue = VoxEngine.enqueueACDRequest("sales", e.callerid);
  queue.addEventListener(ACDEvents.Queued, () => e.call.answerDirect());
});
