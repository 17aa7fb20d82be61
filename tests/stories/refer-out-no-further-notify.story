# Only 100 is ever told: 408 after limits.referSilenceS, or what the script says.
scenario wish
```
const wish = (caller, callee) => caller.transferTo({ to: "carol", progressTimeout: 50 });
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
alice takes transfers for 600 calling nobody
at 0 alice calls desk
at 51 expect never log "failed"
at 53 expect log "caller: failed as transferee with 408 No Further NOTIFY, REFER 202, call undefined"
at 60 alice hangs up
