# What a phone answers to an INVITE whose Replaces is wrong (RFC 3891 §3): its call stays as it was.
scenario forward
phones alice bob dave
bob answers after 0.5
at 0 alice calls bob directly
at 2 dave calls bob directly replacing alice's call with bob, of a foreign Call-ID
at 3 expect dave is refused: 481
at 4 dave calls bob directly replacing alice's call with bob, swapped
at 6 dave calls bob directly replacing alice's call with bob, early-only
at 7 expect dave is refused: 486
at 8 dave calls bob directly replacing alice's call with bob, twice
at 9 expect dave is refused: 400
at 10 dave calls bob directly replacing alice's call with bob, beside a Join
at 12 bob refuses replacements with 488
at 12 dave calls bob directly replacing alice's call with bob
at 13 expect dave is refused: 488
at 13 expect alice talks to bob
at 14 alice hangs up
expect never bob has its call with alice replaced
expect 2 messages "481 Call/Transaction Does Not Exist (INVITE)"
expect 2 messages "400 Bad Request (INVITE)"
