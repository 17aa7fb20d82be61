# INVITE with Replaces of a call that is ending: 603 (RFC 3891 §3).
scenario forward
phones alice bob dave
users bob dave
bob answers after 0.5
at 0 alice calls bob
at 5.000 bob vanishes
at 5.001 alice hangs up
at 5.005 dave calls bob replacing bob's call with alice
expect dave is refused: 603
