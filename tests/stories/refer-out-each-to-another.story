# Two calls of a session are transferred at once, each with its own outcome.
scenario wish
```
const wish = (caller, callee) => (caller.transferTo({ to: "carol" }), callee.transferTo({ to: "dave" }));
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
phones dave
users dave
carol answers after 1
dave rejects with 404 after 1
alice takes transfers
bob takes transfers
at 0 alice calls desk
at 6 expect alice talks to carol
at 8 alice hangs up
expect log "caller: complete as transferee, REFER 202, call 200"
expect log "callee: failed as transferee with 404 Not Found, REFER 202, call 404"
