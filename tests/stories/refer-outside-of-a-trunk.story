# outOfDialog may be a trunk's own: here for its callers, and for nobody else. The firewall judges as for any REFER.
scenario transfer
phones provider bob carol dave
users bob carol dave
trunk provider brings bob
setting trunks.provider.transfer.outOfDialog true
setting transfer.targets.deny d.*
bob answers after 0.5
carol answers after 0.5
at 0 provider calls bob
at 2 bob refers to carol outside about bob's call
at 3 provider refers to dave outside about provider's call
at 4 provider refers to carol outside about provider's call
at 6 expect bob talks to carol
at 12 carol hangs up
expect bob has its REFER answered: 403
expect provider has its REFER answered: 403
expect provider has its REFER answered: 202
expect provider is told 100, 200
expect log "call0: REFER to d*** refused with 403: transfer.targets.deny has d.*"
expect 1 refusal by outOfDialog
