# The first NOTIFY is there before the answer to the REFER.
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
delay the 1st 202 from alice by 1
at 0 alice calls desk
at 6 expect alice talks to carol
at 10 alice hangs up
expect log "caller: complete as transferee, REFER 202, call 200"
