# The far end hangs up before its NOTIFY of success, as phones do: that NOTIFY still counts.
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
at 0 alice calls desk
at 7 expect alice talks to carol
at 8 alice hangs up
expect log "caller: gone"
expect log "caller: complete as transferee, REFER 202, call 200"
