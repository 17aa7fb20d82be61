# limits.aloneS 0 leaves it to the script, as VoxEngine does: the sample's own timer ends it.
scenario call-transfer-user
setting limits.aloneS 0
phones alice bob
users bob
bob answers after 0.5
at 0 alice calls bob
at 5 bob hangs up
at 99 expect alice has 1 call
at 101 expect alice has no call
