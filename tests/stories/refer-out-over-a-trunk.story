# A number alone is one of the trunk that the call came over, at its host.
scenario wish
```
const wish = (caller, callee) => caller.transferTo({ to: "+49 30#1" });
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
phones carrier
trunk carrier takes none brings desk
carrier takes transfers with 200 for 5 calling nobody
at 0 carrier calls desk
at 10 carrier hangs up
expect 1 message "to sip:+49 30#1@carrier"
