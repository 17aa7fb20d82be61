# A phone that wants a password with the REFER gets it, once.
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
password alice wonder
carol answers after 1
alice challenges transfers
at 0 alice calls desk
at 6 expect alice talks to carol
at 8 alice hangs up
expect log "caller: complete as transferee, REFER 202, call 200"
expect 2 messages "REFER sip"
