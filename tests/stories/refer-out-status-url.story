# Every status is told to a URL as JSON, numbered, the outcome last; the log shows the URL without its key.
scenario wish
```
const wish = (caller, callee) => caller.transferTo({ to: "carol", statusUrl: "https://me:pw@hooks.example/t?key=k" });
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
at 0 alice calls desk
at 6 alice hangs up
expect posted "https://hooks.example/t?… {"
expect posted '"referStatus":202'
expect posted '"callStatus":180'
expect posted '"final":true'
expect posted '"success":true'
expect never posted "key=k"
