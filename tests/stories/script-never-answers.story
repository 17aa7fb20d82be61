# A script that does nothing: the caller gets 480 after limits.unansweredS, the session ends 60 s later.
scenario idle
```
VoxEngine.addEventListener(AppEvents.CallAlerting, () => Logger.write('somebody calls'));
```
phones alice
at 0 alice calls 1000
at 59 expect alice has 1 call
at 61 expect alice has no call
expect alice is refused: 480
expect log "somebody calls"
