# The far end hangs up and tells nothing more: 487, for nobody knows.
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
carol rings after 0.1, answers after 3
alice takes transfers, leaving after 0.5
lose every NOTIFY from alice
at 0 alice calls desk
at 8 expect alice talks to carol
at 36 expect log "caller: failed as transferee with 487 The Call Ended First, REFER 202, call undefined"
at 37 alice hangs up
