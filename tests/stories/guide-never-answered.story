# The guide's sample has no ear for Failed: the caller rings on until the 60 s rule gives it 480.
scenario call-transfer-user
phones alice bob
users bob
bob rejects with 486 after 0.2
at 0 alice calls bob
at 59 expect alice has 1 call
at 61 expect alice has no call
expect alice is refused: 480
