# The script ends the session while its transfer is under way: nothing is left of it, and the far end goes its way.
scenario wish
```
const wish = (caller, callee) => (caller.transferTo({ to: "carol", statusUrl: "https://hooks.example/t?key=k" }), setTimeout(VoxEngine.terminate, 1000));
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
carol rings after 0.1, answers after 3
alice takes transfers
at 0 alice calls desk
at 8 expect alice talks to carol
at 9 alice hangs up
expect never log "complete"
expect never log "failed"
expect posted '"reason":"The Session Ended First"'
