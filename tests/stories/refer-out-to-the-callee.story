# The one whom the script has called is moved as well as the caller; with hangup: false its call stays.
scenario wish
```
const wish = (caller, callee) => callee.transferTo({ to: "carol", hangup: false, headers: { "X-Ticket": "7" } });
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
carol answers after 1
bob takes transfers
at 0 alice calls desk
at 5 expect bob has 2 calls
at 6 alice hangs up
at 9 bob hangs up
expect log "callee: complete as transferee, REFER 202, call 200"
