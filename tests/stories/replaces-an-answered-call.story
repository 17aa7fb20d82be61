# INVITE with Replaces (RFC 3891): dave takes bob's place; alice goes on talking, with dave, and bob's call ends
# with a Reason. The script's call is the same, and it hears that somebody else is there.
scenario parts
phones alice bob dave
users bob dave
bob answers after 0.5
at 0 alice calls bob
at 3 dave calls bob replacing bob's call with alice
at 4 expect alice talks to dave
at 4 expect bob has no call
at 10 dave hangs up
expect alice has no call
expect log "call1 TransferComplete transferor"
expect log "call0 TransferComplete target"
