# The target rings for a quarter of an hour; as long as the far end says so, that is well.
scenario wish
```
const wish = (caller, callee) => caller.transferTo({ to: "sip:carol@127.0.1.3" });
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
lasts 1000
carol rings after 0.1, answers after 900
alice takes transfers for 3600, telling again every 50
at 0 alice calls desk
at 900 expect alice has 2 calls
at 900 expect never log "failed"
at 905 expect alice talks to carol
at 905 expect log "caller: complete as transferee, REFER 202, call 200"
at 910 alice hangs up
