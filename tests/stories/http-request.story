# Requests from outside reach a session that runs: whole, in order, and nobody hears of them where no script listens.
scenario asked
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.answer();
  setTimeout(() => VoxEngine.addEventListener(AppEvents.HttpRequest, ({ method, path, content, headers }) => {
    Logger.write([method, path, content, headers.length, headers[0].key, headers[0].value].join(" "));
    if (path === "/hangup") call.hangup();
  }), 1000);
});
```
socket crm at wss://crm.example/never
phones alice
at 0 alice calls 1
at 0.5 socket crm asks the session GET /early
at 2 socket crm asks the session POST /note?urgent=1 "the customer is a friend"
at 3 socket crm asks the session GET /
at 4 socket crm asks the session POST /hangup
at 6 socket crm asks the session GET /late
expect log "nobody listens to AppEvents.HttpRequest: GET /early"
expect log "POST /note?urgent=1 the customer is a friend 1 x-from crm"
expect log "GET /  1 x-from crm"
