# The far end of the call asks for a transfer itself while ours is under way: each comes to its own end.
scenario wish
```
const wish = (caller, callee) => (callee.handleBlindTransfer(true), callee.addEventListener(CallEvents.BlindTransferRequested, () => callee.notifyBlindTransferFailed(486)), callee.transferTo({ to: "carol" }));
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
carol answers after 3
bob takes transfers
at 0 alice calls desk
at 2.5 bob refers alice to carol
at 8 alice hangs up
at 9 bob hangs up
expect bob is told 100, 486
expect log "callee: complete as transferee, REFER 202, call 200"
