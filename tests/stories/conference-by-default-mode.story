# A conference as the target of a transfer that no script decides: the transferee's leg moves to the session that
# hosts the room, and hears all who are there.
scenario forward
scenario conference
conference room runs conference
rule .* runs forward
phones alice bob carol dave
users alice bob carol dave
bob answers after 0.5
bob leaves on success
at 0 carol calls room
at 1 dave calls room
at 2 alice calls bob
at 3 expect alice hears bob
at 5 bob refers to room
at 8 expect alice hears carol, dave
at 8 expect carol hears alice, dave
at 8 expect bob has no call
at 20 carol hangs up
at 21 expect alice hears dave
at 22 alice hangs up
at 22 dave hangs up
expect bob is told 100, 200
