# Caller and transferor talk the first of two codecs, the target takes only the second: the caller is asked to change over.
scenario call-transfer-user
phones alice bob carol
users bob carol
carol speaks PCMA
bob answers after 0.5
carol answers after 1
at 0 alice calls bob
at 2 expect alice talks to bob
at 3 bob refers to carol
at 6 expect alice talks to carol
at 10 alice hangs up
at 11 carol hangs up
