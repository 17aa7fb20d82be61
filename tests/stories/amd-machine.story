# A greeting that goes on is a machine's, and so is a beep. The older form gives the detector its call and asks it.
scenario amd
```
VoxEngine.addEventListener(AppEvents.CallAlerting, async ({ call }) => {
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
  await new Promise((resolve) => call.addEventListener(CallEvents.Connected, resolve));
  const amd = AMD.create({ call, model: AMD.Model.EU_GENERAL, timeout: 10000, thresholds: { voicemail: 0.8 } });
  const result = await amd.detect();
  Logger.write("amd " + result.resultClass + " " + (result.confidence >= 80) + " " + (result === (await amd.detect())));
  const again = await AMD.create({ call, model: AMD.Model.RU, timeout: 3000 }).detect();
  Logger.write("again " + again.resultClass + " " + again.confidence);
  const last = AMD.create({ call, model: AMD.Model.RU }).detect();
  const taken = await AMD.create({ call, model: AMD.Model.RU }).detect();
  Logger.write("taken: " + taken.message);
  setTimeout(() => call.hangup(), 1000);
  Logger.write("last " + (await last).resultClass);
  const late = await AMD.create({ call, model: AMD.Model.RU }).detect();
  Logger.write("late: " + late.message);
});
```
phone alice of alice
at 1 alice calls 100
at 1.5 alice says keys 5
at 2 alice says speech for 1.7
at 3.8 alice says 1000 Hz for 0.4
at 4.4 alice says silence
expect log "amd VOICEMAIL true true"
expect log "again TIMEOUT 0"
expect log "taken: the call has a detector already"
expect log "last CALL_ENDED"
expect log "late: the call has ended"
