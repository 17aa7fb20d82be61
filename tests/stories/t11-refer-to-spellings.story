# T11: every way in which phones write a Refer-To. The script reads each and declines; one that is no address is
# refused by the engine, and the call is as good after all of them as before.
scenario desk
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination }) => {
  const callee = VoxEngine.callUser({ username: destination, callerid: "alice" });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
    callee.addEventListener(CallEvents.BlindTransferRequested, ({ transferTo, headers }) => {
      Logger.write(`[${transferTo}] from ${headers['Refer-To']}`);
      callee.notifyBlindTransferFailed(603, 'Decline');
    });
  });
});
```
phones alice bob
users bob
setting limits.refers 50
bob answers after 0.5
at 0 alice calls bob
at 2 bob refers to "<sip:500>"
at 3 bob refers to "<sip:500@127.0.0.1>"
at 4 bob refers to "sip:carol@127.0.0.1"
at 5 bob refers to '"Berg, Carol" <sip:carol@127.0.0.1;user=phone>'
at 6 bob refers to "<sip:carol,desk;7@127.0.0.1>"
at 7 bob refers to "sip:carol@127.0.0.1;user=phone"
at 8 bob refers to "<tel:+49-30-1234>"
at 9 bob refers to "<sip:carol%40home@127.0.0.1:5060;transport=udp>"
at 10 bob refers to "<sip:carol@[::1]>"
at 11 bob refers to "<sips:carol@127.0.0.1>"
at 12 bob refers to "<sip:carol@127.0.0.1?X-Desk=7&Subject=a%20b>"
at 13 bob refers to "sip:carol@127.0.0.1, sip:dave@127.0.0.1"
at 14 bob refers to "<mailto:carol@example.com>"
at 15 bob refers to "<sip:carol@127.0.0.1;method=BYE>"
at 16 bob refers to "<:>"
at 17 bob refers to "<sip:@127.0.0.1>"
at 20 expect alice talks to bob
at 21 alice hangs up
at 22 bob hangs up
expect log "[] from <sip:500>"
expect log "[500] from <sip:500@127.0.0.1>"
expect log "[carol,desk;7] from"
expect log "[+49-30-1234] from <tel:+49-30-1234>"
expect log "[carol@home] from"
expect bob has its REFER answered: 400
expect bob has its REFER answered: 416
