# The other call is not answered yet: nothing is asked, and the script is told why.
scenario wish
```
const wish = (caller, callee) => setTimeout(() => { const late = VoxEngine.callUser({ username: "carol" }); setTimeout(() => caller.transferTo({ call: late }), 500); }, 0);
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
alice takes transfers
carol rings after 0.1
at 0 alice calls desk
at 6 expect alice talks to bob
at 8 alice hangs up
expect log "Call.transferTo does nothing: the other call is not connected"
expect 0 messages "REFER sip"
