# The one who was replaced does not let our call go (RFC 3891 §3): it is ended after transfer.graceS.
scenario one-way
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller }) => {
  const callee = VoxEngine.callUser({ username: "bob" });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    setTimeout(() => caller.transferTo({ call: callee }), 1000);
  });
  callee.addEventListener(CallEvents.Disconnected, ({ reason }) => Logger.write(`callee: ${reason}`));
});
```
phones alice bob
users bob
bob answers after 0.5
alice takes transfers
lose every BYE from bob
at 0 alice calls desk
at 5 expect alice talks to bob
at 6 expect never log "callee"
at 7 expect log "callee: Transferred"
at 60 alice hangs up
