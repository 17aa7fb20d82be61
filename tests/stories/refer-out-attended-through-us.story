# Attended at an address of ours: the new call comes back to us with a dialog that is our peer's to replace. 481, and both calls go on.
scenario wish
```
const wish = (caller, callee) => caller.transferTo({ call: callee, to: "bob" });
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
alice takes transfers
at 0 alice calls desk
at 5 expect alice talks to bob
at 8 alice hangs up
expect log "caller: failed as transferee with 481"
