# Keys that are pressed in the sound itself come to the script once, and whoever hears the call hears little of them: also
# where a phone presses them in two ways at once, and where the call is transcoded.
scenario tones
```
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.handleTones(true);
  call.addEventListener(CallEvents.ToneReceived, (e) => Logger.write("key " + e.tone + " by " + e.type));
  const other = VoxEngine.callUser("bob");
  other.addEventListener(CallEvents.Connected, () => {
    call.answer();
    VoxEngine.sendMediaBetween(call, other);
  });
  other.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
```
phones alice bob
users bob
bob answers after 1
at 1 alice calls 100
at 3 alice says 1000 Hz
at 3.6 expect bob hears 1000 Hz
at 4 alice says keys 12*
at 4.2 expect never bob hears 697 Hz
at 4.2 expect never bob hears 1209 Hz
at 5 alice says 1000 Hz
at 5.6 expect bob hears 1000 Hz
at 6 alice presses 7
at 6.01 alice says keys 7
at 7 alice says keys 77
at 8 alice says silence
at 9 bob says keys 9
at 9.2 expect alice hears 852 Hz            # nobody handles his
at 10 alice hangs up
expect log "key 1 by 2"
expect log "key 2 by 2"
expect log "key * by 2"
expect log "key 7 by 1"
expect log "key 7 by 2"
expect never log "key 9 by 2"
