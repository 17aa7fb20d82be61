# 429 Provide Referrer Identity (RFC 3892 §5) comes to the script.
scenario wish
```
const wish = (caller, callee) => caller.transferTo({ to: "carol", referredBy: "" });
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
alice refuses transfers with 429
at 0 alice calls desk
at 10 alice hangs up
expect log "caller: failed as transferee with 429 Provide Referrer Identity, REFER 429, call undefined"
