# Attended transfer, but the target has hung up a moment before: the dialog is gone, so the target is
# called again through the rules, with the Replaces of old.
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol
at 6 carol hangs up
at 6.015 bob transfers alice to carol
at 9 expect alice talks to carol
at 12 alice hangs up
expect carol is called by bob
