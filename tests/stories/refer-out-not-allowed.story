# A phone that knows no REFER (405): the script hears it, and can connect the two itself (RFC 5589 §7.4).
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
alice refuses transfers with 405
at 0 alice calls desk
at 6 expect alice talks to bob
at 10 alice hangs up
expect log "caller: failed as transferee with 405 Method Not Allowed, REFER 405, call undefined"
