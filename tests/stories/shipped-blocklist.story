# Whoever is on the list is refused, and nobody is called.
scenario blocklist
phones alice bob mallory
users bob
storage has blocked:mallory "by bob"
bob rings after 0.1, answers after 1
at 0 mallory calls bob
at 1 expect mallory is refused: 603
at 1 expect bob has no call
at 2 alice calls bob
at 4 expect alice talks to bob
at 5 bob sends text "block"
at 6 expect alice has no call
at 7 alice calls bob
at 8 expect alice is refused: 603
