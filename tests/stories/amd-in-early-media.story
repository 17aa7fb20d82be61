# A detector that was given to the call listens from the first sound, before the call is connected; its time counts from the
# connect. One whose call fails hears so.
scenario amd
```
VoxEngine.addEventListener(AppEvents.CallAlerting, async ({ call }) => {
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
  for (const username of ["bob", "carol"]) {
    const amd = AMD.create({ model: AMD.Model.US, timeout: 2000 });
    amd.addEventListener(AMD.Events.DetectionComplete, ({ resultClass }) => Logger.write(username + " " + resultClass));
    const other = VoxEngine.callUser({ username, callerid: "100", amd });
    other.addEventListener(CallEvents.AudioIdentificationStarted, () => Logger.write(username + " is heard"));
  }
  try { VoxEngine.callUser({ username: "bob", callerid: "100", amd: {} }); } catch (e) { Logger.write(String(e)); }
});
```
phones alice bob carol
users bob carol
bob sends early media after 0.1, answers after 4
carol rejects with 486 after 1
at 1 alice calls 100
at 12 alice hangs up
at 1.5 expect log "bob is heard"
at 2.5 expect log "carol CALL_ENDED"
expect never log "carol is heard"
at 7 expect never log "bob TIMEOUT"
at 7.3 expect log "bob TIMEOUT"
expect log "amd is no detector"
