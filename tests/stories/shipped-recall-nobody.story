# Neither the third party nor the transferor answers: the transferee is let go.
scenario recall
phones alice bob carol
users bob carol
bob answers after 0.5
bob leaves when accepted after 0.3
carol rings after 0.2
at 0 alice calls bob
at 3 bob refers to carol
at 10 bob rings after 0.2
at 90 expect alice has no call
expect bob is told 100, 180, 408
expect bob has no call
