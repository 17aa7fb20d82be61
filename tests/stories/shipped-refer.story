# Who dials 9 and a number is sent on by REFER; then nothing of it goes through here.
scenario refer
scenario forward
rule 9.+ runs refer
rule .* runs forward
phones alice bob
users bob

bob rings after 0.1, answers after 2
alice takes transfers
at 0 alice calls 9bob
at 5 expect alice talks to bob
at 8 alice hangs up
expect log "the far end says of its call to bob: 180 Ringing"
expect log "sent on to bob"
