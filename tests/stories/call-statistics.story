# Statistics says that a call's sound fares otherwise than before, and no more than that: looked at every 5 s while somebody
# listens, or as often as samples are asked for. Samples that nobody asked for are not told.
scenario watched
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const changed = () => Logger.write("changed");
  call.addEventListener(CallEvents.Statistics, changed);
  call.addEventListener(CallEvents.MediaStatisticsReceived, ({ audio }) => Logger.write("sample of " + audio.in[0].numPackets));
  setTimeout(() => call.monitorMediaStatistics({ interval: 2000 }), 31000);
  setTimeout(() => call.removeEventListener(CallEvents.Statistics, changed), 36000);
  setTimeout(() => call.monitorMediaStatistics({ monitor: false }), 38000);
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phones alice
at 1 alice calls 100
at 8 alice says 440 Hz
at 22 alice falls silent
at 33.5 alice says 440 Hz
at 50 alice hangs up
at 20 expect log "changed"
at 20 expect never log "sample of"
expect log "sample of 100"
