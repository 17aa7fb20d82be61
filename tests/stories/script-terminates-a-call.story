# terminate() ends an answered call with BYE.
scenario end
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.answer();
  setTimeout(VoxEngine.terminate, 2000);
});
VoxEngine.addEventListener(AppEvents.Terminated, () => Logger.write('the end'));
```
phones alice
at 0 alice calls 1000
at 1 expect alice has 1 call
at 3 expect alice has no call
expect log "the end"
