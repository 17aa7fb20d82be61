# A name-addr with parameters and headers goes out as it is, in angle brackets; a tel: URI stays one.
scenario wish
```
const wish = (caller, callee) => (caller.transferTo({ to: "\"Carol\" <sip:carol@127.0.0.1;user=phone?X-Case=9>", referredBy: "tel:+493055" }));
```
scenario refers
scenario forward
rule desk runs wish refers
rule .* runs forward
phones alice bob carol
users bob carol
bob rings after 0.1, answers after 0.5
carol answers after 1
alice takes transfers
at 0 alice calls desk
at 6 expect alice talks to carol
at 8 alice hangs up
expect log "caller: complete as transferee, REFER 202, call 200"
