# Joining two calls that are there calls nobody: transfer.targets.allow is not asked, whatever the phone writes into its
# Refer-To.
scenario forward
phones alice bob carol mallory
users bob carol
setting transfer.targets.allow \d{3}
bob answers after 0.5
carol answers after 0.5
bob leaves on success
at 0 alice calls bob
at 1 bob calls carol
at 3 bob transfers alice to carol
at 5 expect alice talks to carol
at 8 alice refers to mallory
at 9 alice hangs up
expect bob is told 100, 200
expect alice has its REFER answered: 403
