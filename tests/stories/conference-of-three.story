# Who dials a room hears all who have dialled it, from whatever session they come: one session has them all.
scenario conference
conference 8\d\d runs conference
phones alice bob carol
at 0 alice calls 801
at 3 bob calls 801
at 4 expect alice hears bob
at 4 expect bob hears alice
at 6 carol calls 801
at 8 expect alice hears bob, carol
at 8 expect carol hears alice, bob
at 10 bob hangs up
at 11 expect alice hears carol
at 12 alice hangs up
at 12 carol hangs up
at 14 expect alice has no call
