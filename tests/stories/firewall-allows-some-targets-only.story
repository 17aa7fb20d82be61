# With transfer.targets.allow only what it has may be called.
scenario transfer
phones alice bob carol dave
users bob carol dave
setting transfer.targets.allow c.*
setting transfer.targets.allow \d{3}
bob answers after 0.5
carol answers after 1
bob leaves on success
at 0 alice calls bob
at 2 bob refers to dave
at 4 bob refers to carol
at 8 expect alice talks to carol
at 9 carol hangs up
expect bob has its REFER answered: 403
expect bob is told 100, 200
expect never dave is called by alice
expect log "REFER to d*** refused with 403: transfer.targets.allow has no pattern for it"
expect 1 refusal by targets.allow
