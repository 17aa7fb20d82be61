# After a failure the same call may be transferred again, in the same dialog (RFC 3515 §2.4.6).
scenario wish
```
const wish = (caller, callee) => (caller.transferTo({ to: "carol" }), setTimeout(() => caller.transferTo({ to: "sip:dave@127.0.0.1" }), 3000));
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
carol rejects with 486 after 0.5
dave answers after 1
alice takes transfers
at 0 alice calls desk
at 9 expect alice talks to dave
at 10 alice hangs up
expect log "caller: failed as transferee with 486 Busy Here, REFER 202, call 486"
expect log "caller: complete as transferee, REFER 202, call 200"
