# A trunk's own list is offered in its order: first what the caller takes as well, then what has to be transcoded. The
# caller is answered with what the trunk talks.
scenario forward
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const out = VoxEngine.callPSTN("4930123456", "100");
  VoxEngine.easyProcess(call, out);
});
```
phones alice world
trunk world takes \d+
setting media.codecs opus,PCMU,PCMA
setting trunks.world.codecs G722,PCMA,PCMU
alice speaks opus, PCMU, PCMA
world speaks PCMA, PCMU, G722
world answers after 0.5
at 0 alice calls 30
at 2 expect world is offered PCMA, PCMU, G722
at 2 expect world talks in PCMA
at 2 expect alice talks in PCMA
at 3 expect alice talks to world
at 5 alice hangs up
