# limits.callAttempts: the call that is one too many fails with 403, in a later turn.
setting limits.callAttempts 2
scenario greedy
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  for (const username of ['bob', 'bob', 'bob']) {
    VoxEngine.callUser({ username }).addEventListener(CallEvents.Failed, ({ code }) => Logger.write(`failed ${code}`));
  }
  Logger.write('all placed');
});
```
phones alice bob
users bob
bob rejects with 486 after 0.2
at 0 alice calls 1
expect log "failed 403"
expect log "failed 486"
expect 2 messages "INVITE sip:bob@bob"
