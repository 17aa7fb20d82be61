# Even the NOTIFY of success is there before the answer; the call is let go once both are.
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
carol answers after 0.1
alice takes transfers
lose every 202 from alice
at 0 alice calls desk
at 10 expect never log "complete"
at 40 expect alice has 1 call
at 41 alice hangs up
expect log "caller: complete as transferee, REFER 408, call 200"
