# A call that has moved to another session by a transfer can be replaced there.
scenario forward
phones alice bob carol dave
users bob carol dave
bob answers after 0.5
carol answers after 0.5
at 0 alice calls bob
at 3 bob refers to carol
at 6 expect alice talks to carol
at 8 dave calls carol replacing alice's call with bob
at 9 expect dave talks to carol
at 9 expect alice has no call
at 12 carol hangs up
