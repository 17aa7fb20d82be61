# A phone that will not be moved: the REFER is refused, the call goes on.
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
alice refuses transfers with 603
at 0 alice calls desk
at 6 expect alice talks to bob
at 10 alice hangs up
expect log "caller: failed as transferee with 603 Decline, REFER 603, call undefined"
expect never carol is called by alice
