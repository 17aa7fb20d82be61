# A drain ends what is still running when its time is over.
scenario forward
phones alice bob
users bob
bob answers after 0.2
at 0 alice calls bob
at 2 switchhook drains within 20
at 21 expect alice has 1 call
at 23 expect alice has no call
