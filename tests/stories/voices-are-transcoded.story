# Phones that share no codec hear each other as they are: tones at their levels, speech within the time of a frame or two.
scenario forward
```
VoxEngine.forwardCallToUser();
```
phones alice bob carol dave
users bob carol dave
alice speaks opus
bob speaks PCMA
carol speaks G722
dave speaks PCMU
bob answers after 0.5
dave answers after 0.5
at 0 alice says 440 Hz at -20 dB
at 0 bob says speech
at 0 alice calls bob
at 0 carol says speech
at 0 carol calls dave
at 4 expect bob hears 440 Hz at -20 dB
at 4 expect never bob hears 480 Hz
at 4 expect alice hears bob's speech within 0.1
at 4 expect never alice hears carol's speech
at 4 expect dave hears carol's speech within 0.1
at 4 alice says speech
at 4 bob says 1000 Hz
at 4 dave says speech
at 8 expect bob hears alice's speech within 0.1
at 8 expect alice hears 1000 Hz at -15 dB
at 8 expect carol hears dave's speech within 0.1
at 9 bob hangs up
at 9 dave hangs up
