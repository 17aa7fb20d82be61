# What a trunk's own transfer says goes before the general one, for its callers and for whom it is called.
scenario transfer
phones provider bob carol
users bob carol
trunk provider brings bob
setting transfer.targets.deny c.*
setting trunks.provider.transfer.targets.deny d.*
setting trunks.provider.transfer.perCall 2
bob answers after 0.5
carol answers after 0.5
provider leaves on success
at 0 provider calls bob
at 1 bob refers to carol
at 2 provider refers to dave
at 3 provider refers to carol
at 5 expect bob talks to carol
at 6 carol hangs up
expect provider has its REFER answered: 403
expect bob has its REFER answered: 403
expect log "call1: REFER to c**** refused with 403: transfer.targets.deny has c.*"
expect log "call0: REFER to d*** refused with 403: trunks.provider.transfer.targets.deny has d.*"
