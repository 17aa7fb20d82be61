# As the other one, with a busy target: the old call goes on.
scenario wish
```
const wish = (caller, callee) => setTimeout(() => caller.transferTo({ to: "carol" }), 3000);
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
carol rejects with 486 after 2
alice takes transfers
at 0 alice calls desk
at 60 expect alice talks to bob
at 61 alice hangs up
expect log "caller: failed as transferee with 486 Busy Here, REFER 202, call 486"
expect never log "complete"
