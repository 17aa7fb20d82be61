# What a phone says is heard as it is: a tone at its level, speech without delay, nothing while it is held.
scenario forward
```
VoxEngine.forwardCallToUser();
```
phones alice bob
users bob
alice speaks PCMU
bob speaks PCMU
bob answers after 0.5
at 0 alice says 440 Hz
at 0 alice calls bob
at 2 expect bob hears 440 Hz at -15 dB
at 2 expect never bob hears 500 Hz
at 2 expect never alice hears 440 Hz
at 2 bob says 480 and 620 Hz at -24 dB
at 3 expect alice hears 480 Hz at -24 dB
at 3 expect alice hears 620 Hz at -24 dB
at 3 expect never alice hears 440 Hz
at 3 alice falls silent
at 4 expect never bob hears 440 Hz
at 4 alice says speech
at 4 bob says silence
at 7 expect bob hears alice's speech within 0
at 7 expect never alice hears alice's speech
at 7 bob holds
at 8 expect never bob hears alice's speech
at 8 bob resumes
at 11 expect bob hears alice's speech within 0
at 11 alice says keys 5 at -18 dB
at 11.2 expect bob hears 770 Hz
at 11.2 expect bob hears 1336 Hz
at 12 alice says 1000 Hz for 0.2
at 12.3 expect bob hears 1000 Hz
at 13 expect never bob hears 1000 Hz
at 15 bob hangs up
