# The script presses keys: they come as events, with their pauses, and the sound goes on after them.
scenario digits
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const other = VoxEngine.callUser("bob");
  other.addEventListener(CallEvents.Connected, () => {
    call.answer();
    VoxEngine.sendMediaBetween(call, other);
    setTimeout(() => other.sendDigits("1,2w*"), 1000);
    try { other.sendDigits("12x"); } catch (e) { Logger.write(String(e)); }
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
```
phones alice bob
users bob
bob answers after 1
at 1 alice calls 100
at 3.2 expect bob has got keys 1
at 4.5 expect bob has got keys 12
at 6 expect bob has got keys 12*
at 6 expect alice talks to bob
at 7 alice hangs up
expect log "'x' is no key of a phone"
