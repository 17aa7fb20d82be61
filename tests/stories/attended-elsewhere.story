# The transferor talks with the target past the switchboard, and names that dialog: it is none of ours, so the
# target is called through the rules with the Replaces, and takes the new call for the old one (RFC 5589 §7.3).
scenario forward
phones alice bob carol
users bob carol
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob calls carol directly
at 6 bob transfers alice to carol
at 8 expect alice talks to carol
at 12 expect bob has no call
at 14 carol hangs up
expect bob is told 100, 200
expect alice has no call
