# One transfer of a call at a time: a second transferTo does nothing but warn.
scenario wish
```
const wish = (caller, callee) => (caller.transferTo({ to: "carol" }), caller.transferTo({ to: "dave" }));
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
carol answers after 1
alice takes transfers
at 0 alice calls desk
at 6 expect alice talks to carol
at 8 alice hangs up
expect log "wish.js:1: Call.transferTo does nothing: a transfer of this call is open already"
expect log "caller: complete as transferee, REFER 202, call 200"
expect 1 message "REFER sip"
