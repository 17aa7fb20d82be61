# The target is busy: the old call goes on as it was (RFC 5589 §6.3).
scenario wish
```
const wish = (caller, callee) => caller.transferTo({ to: "carol" });
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
carol rejects with 486 after 0.5
alice takes transfers
at 0 alice calls desk
at 6 expect alice talks to bob
at 10 alice hangs up
expect log "caller: progress 486 Busy Here"
expect log "caller: failed as transferee with 486 Busy Here, REFER 202, call 486"
expect never log "complete"
