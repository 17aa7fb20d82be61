# The far end stops telling before it knows: nobody can say how it ended.
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
carol rings after 0.1
alice takes transfers for 5
at 0 alice calls desk
at 12 expect log "caller: failed as transferee with 500 The Outcome Is Not Told, REFER 202, call undefined"
at 13 alice hangs up
at 14 alice hangs up
