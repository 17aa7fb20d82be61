# A target that transfer.targets.deny has is refused with 403 before the script hears of it; the call goes on, and the
# log names the rule and masks the number.
scenario transfer
phones alice bob carol
users bob carol
setting transfer.targets.deny 00.*
bob answers after 0.5
carol answers after 1
bob leaves on success
at 0 alice calls bob
at 2 bob refers to 00491234567
at 3 bob refers to <sip:00-49(123)4567@switchhook>
at 4 expect alice talks to bob
at 5 bob refers to carol
at 8 expect alice talks to carol
at 9 carol hangs up
expect bob has its REFER answered: 403
expect bob is told 100, 200
expect log "REFER to 00*******67 refused with 403: transfer.targets.deny has 00.*"
expect 3 messages "REFER sip:alice"
expect 2 refusals by targets.deny
