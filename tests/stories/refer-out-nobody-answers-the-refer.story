# A phone that is deaf to REFER: Timer F ends it, the call goes on.
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
alice takes transfers
lose every REFER to alice
at 0 alice calls desk
at 40 expect alice talks to bob
at 41 alice hangs up
expect log "caller: failed as transferee with 408"
