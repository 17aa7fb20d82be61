# The caller is asked to call carol (REFER): it is let go only once its NOTIFY of success is answered.
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
carol rings after 0.1, answers after 2
alice takes transfers
at 0 alice calls desk
at 1 expect alice talks to bob
at 3 expect alice has 2 calls
at 6 expect alice talks to carol
at 6 expect alice has 1 call
at 6 expect bob has no call
at 10 alice hangs up
expect alice is transferred to carol
expect log "caller: progress 180 Ringing"
expect log "caller: complete as transferee, REFER 202, call 200"
expect never log "failed"
expect 1 message "REFER sip"
