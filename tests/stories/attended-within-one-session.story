# Both of bob's calls belong to one session: their partners are joined, and bob's two calls end after the NOTIFY.
scenario switch
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
  const join = (one, other) => VoxEngine.sendMediaBetween(one, other);
  const first = VoxEngine.callUser({ username: "bob", callerid });
  first.addEventListener(CallEvents.Connected, () => {
    call.answer();
    join(call, first);
    const third = VoxEngine.callUser({ username: "carol", callerid: "desk" });
    third.addEventListener(CallEvents.Connected, () => {
      const second = VoxEngine.callUser({ username: "bob", callerid: "carol" });
      second.addEventListener(CallEvents.Connected, () => join(second, third));
    });
    for (const [name, leg] of Object.entries({ call, first, third }))
      leg.addEventListener(CallEvents.TransferComplete, ({ role }) => Logger.write(`${name} ${role}`));
  });
});
```
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 4 bob transfers alice to carol
at 6 expect alice talks to carol
at 6 expect bob has no call
at 10 alice hangs up
at 10 carol hangs up
expect bob is told 100, 200
expect log "call transferee"
expect log "first transferor"
expect log "third target"
