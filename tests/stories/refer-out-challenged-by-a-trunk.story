# A trunk that brings the call and wants its account with the REFER: the REFER shows it, for the call has none.
scenario wish
```
const wish = (caller, callee) => caller.transferTo({ to: "sip:carol@127.0.0.1" });
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
phone carrier of 4930
password 4930 secret
trunk carrier takes none brings desk|carol as 4930 secret
carol answers after 1
carrier challenges transfers
at 0 carrier calls desk
at 6 expect carrier talks to carol
at 8 carrier hangs up
expect log "caller: complete as transferee, REFER 202, call 200"
expect 2 messages "REFER sip"
