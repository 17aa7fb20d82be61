# Attended with an address besides: the far end calls there, with the Replaces of the other call.
scenario wish
```
const wish = (caller, callee) => caller.transferTo({ call: callee, to: "sip:bob@127.0.1.2;x=1", headers: { "X-Why": "asked" } });
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
at 5 expect alice talks to bob
at 8 alice hangs up
expect log "caller: complete as transferee, REFER 202, call 200"
expect 1 message "to sip:bob@bob · replaces bob's call with alice, as bob knows it"
