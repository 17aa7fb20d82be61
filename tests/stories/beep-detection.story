# A beep is waited for at the frequencies that are asked for, until it comes, is too late, or nobody waits any more.
scenario beep
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const told = ({ frequencies, timeout }) => Logger.write("beep " + frequencies + " " + timeout);
  call.addEventListener(CallEvents.BeepDetectionComplete, told);
  call.addEventListener(CallEvents.BeepDetectionError, ({ reason }) => Logger.write("error: " + reason));
  call.addEventListener(CallEvents.Connected, () => {
    call.enableBeepDetection({ frequencies: [914, 1371, 1777], timeout: 6000 });
    call.enableBeepDetection({});
    setTimeout(() => call.enableBeepDetection({ timeout: 2000 }), 5000);
    setTimeout(() => {
      call.enableBeepDetection();
      call.disableBeepDetection();
      call.disableBeepDetection();
    }, 9000);
    try { call.enableBeepDetection({ frequencies: [50] }); } catch (e) { Logger.write(String(e)); }
    try { call.enableBeepDetection({ timeout: -1 }); } catch (e) { Logger.write(String(e)); }
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
});
```
phone alice of alice
at 1 alice calls 100
at 2 alice says 1000 Hz for 0.4
at 3 alice says 1371 Hz for 0.4
at 11 alice hangs up
at 2.9 expect never log "beep 1"
at 3.6 expect log "beep 1371 undefined"
at 5.9 expect never log "beep undefined"
at 8.2 expect log "beep undefined true"
expect log "beep undefined false"
expect log "error: a beep is waited for already"
expect log "a frequency is 200 to 3400 Hz"
expect log "the timeout is 1 to 3600000 milliseconds"
