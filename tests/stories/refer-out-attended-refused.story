# The far end of the other call will not be replaced: both calls go on.
scenario wish
```
const wish = (caller, callee) => caller.transferTo({ call: callee });
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
alice takes transfers
bob refuses replacements with 488
at 0 alice calls desk
at 5 expect alice talks to bob
at 8 alice hangs up
expect log "caller: failed as transferee with 488"
