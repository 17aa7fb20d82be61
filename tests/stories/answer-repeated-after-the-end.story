# The callee's port is closed while it answers, so it never gets our ACK or BYE: its repeated 200 gets its ACK again, and no second BYE.
scenario end
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => {
  const callee = VoxEngine.callUser({ username: destination });
  callee.addEventListener(CallEvents.Connected, () => VoxEngine.terminate());
});
```
phones alice bob
users bob
bob answers after 1
at 0 alice calls bob
at 1.025 bob is switched off
at 1.1 bob is back
expect alice is refused: 480
expect 1 message "BYE sip:bob@bob"
