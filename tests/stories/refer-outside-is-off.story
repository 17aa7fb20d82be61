# A REFER outside any dialog is refused unless transfer.outOfDialog is true, whatever it is about.
scenario transfer
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 2 bob refers to carol outside about bob's call
at 3 bob refers to carol outside about no call
at 4 expect alice talks to bob
at 5 alice hangs up
expect bob has its REFER answered: 403
expect never carol is called by alice
expect 2 messages "403 Forbidden (REFER)"
expect 2 refusals by outOfDialog
expect log "REFER outside any dialog refused with 403: transfer.outOfDialog is false"
