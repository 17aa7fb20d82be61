# The REFER is accepted, and then nothing is told: 408 after limits.referNotifyS.
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
alice takes transfers calling nobody
lose every NOTIFY from alice
at 0 alice calls desk
at 33 expect never log "failed"
at 35 expect log "caller: failed as transferee with 408 No NOTIFY, REFER 202, call undefined"
at 35 expect alice talks to bob
at 40 alice hangs up
