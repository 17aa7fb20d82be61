# One function answers, plays and hangs up.
scenario shortest
```
VoxEngine.playSoundAndHangup("https://sounds.example/closed.mp3");
```
clip https://sounds.example/closed.mp3 2 s of 440 Hz
phones alice
at 1 alice calls 100
at 2 expect alice hears 440 Hz
