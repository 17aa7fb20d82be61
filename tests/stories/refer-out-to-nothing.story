# What is no address fails as a refused REFER does, and nothing is sent.
scenario wish
```
const wish = (caller, callee) => (caller.transferTo({ to: "http://example.net/" }), callee.transferTo({ to: " " }));
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
at 6 expect alice talks to bob
at 8 alice hangs up
expect log "caller: failed as transferee with 400 Not An Address, REFER undefined, call undefined"
expect log "callee: failed as transferee with 400 Not An Address, REFER undefined, call undefined"
expect 0 messages "REFER sip"
