# A caller that talks with the script alone asks for a transfer: there is nobody who could be transferred.
scenario answers
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.answer();
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
```
phones alice carol
users carol
carol answers after 1
at 0 alice calls menu
at 3 alice refers to carol
at 5 expect alice has 1 call
at 6 alice hangs up
expect alice has its REFER answered: 603
expect alice is told nothing
expect log "joined with nobody"
