# The one to whom the caller is sent on is busy: the call ends.
scenario refer
scenario forward
rule 9.+ runs refer
rule .* runs forward
phones alice bob
users bob

bob rejects with 486 after 0.5
alice takes transfers
at 0 alice calls 9bob
expect alice has no call
expect log "not sent on to bob: 486 Busy Here"
