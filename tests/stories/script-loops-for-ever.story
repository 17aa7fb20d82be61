# A turn that does not end is cut off: 500 for the unanswered call.
scenario loop
```
VoxEngine.addEventListener(AppEvents.CallAlerting, () => { for (;;); });
```
phones alice
at 0 alice calls 1000
expect alice is refused: 500
