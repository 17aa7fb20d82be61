# A caller from a trunk transfers: the trunk's profile counts.
scenario transfer
phones provider bob carol
users bob carol
trunk provider brings bob|carol
profile provider mitel
bob answers after 0.5
carol answers after 2
provider leaves on success
at 0 provider calls bob
at 3 provider refers to carol
at 4 expect provider has no call
at 8 expect bob talks to carol
at 10 carol hangs up
expect provider is told 200
