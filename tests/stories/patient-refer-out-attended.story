# Sending an attended transfer: whatever single message is lost, doubled or late, the caller takes our place with bob.
scenario wish
```
const wish = (caller, callee) => setTimeout(() => caller.transferTo({ call: callee }), 5000);
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
at 60 expect alice talks to bob
at 60 expect alice has 1 call
at 60 expect bob has 1 call
at 61 alice hangs up
expect log "caller: complete as transferee, REFER 202, call 200"
expect never log "failed"
