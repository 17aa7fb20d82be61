# 200 to the REFER is as good as 202 (RFC 7647), and no success either.
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
carol answers after 1
alice takes transfers with 200
at 0 alice calls desk
at 6 expect alice talks to carol
at 10 alice hangs up
expect log "caller: complete as transferee, REFER 200, call 200"
