# What an INVITE with Replaces may not do leaves the old call as it was: an unknown dialog 481, early-only of an
# answered call 486, two of them or a Join beside 400.
scenario forward
phones alice bob dave
users bob dave
bob answers after 0.5
at 0 alice calls bob
at 3 dave calls bob replacing bob's call with alice, of a foreign Call-ID
at 4 dave calls bob replacing bob's call with alice, early-only
at 5 dave calls bob replacing bob's call with alice, twice
at 6 dave calls bob replacing bob's call with alice, beside a Join
at 7 expect alice talks to bob
at 8 alice hangs up
expect dave is refused: 481
expect dave is refused: 486
expect dave is refused: 400
expect never dave is connected
