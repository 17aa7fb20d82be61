# Attended: the caller calls bob himself and takes our place there (REFER with Replaces, RFC 5589 §7).
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
at 0 alice calls desk
at 1 expect alice talks to bob
at 5 expect alice talks to bob
at 5 expect alice has 1 call
at 5 expect bob has 1 call
at 8 alice hangs up
expect bob has its call with alice replaced
expect log "caller: complete as transferee, REFER 202, call 200"
