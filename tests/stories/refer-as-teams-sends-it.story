# Teams names no user in its Refer-To, only a host and parameters: a scenario that calls the raw Refer-To gets
# there, with the Referred-By as it came.
scenario transfer-sip
phones alice teams hub
users teams
teams calls itself "Microsoft.PSTNHub.SIPProxy v.2020.5.13.3 i.EUNO.0"
teams answers after 0.5
teams leaves on success
hub answers after 1
at 0 alice calls teams
at 2 teams refers to <sip:127.0.1.3;x-m=8:orgid:fce2158f;x-t=2d88cb42>
at 5 expect alice talks to hub
at 6 alice hangs up
expect teams is told 100, 200
expect 1 message "INVITE sip:hub · Referred-By: <sip:teams@127.0.0.1>"
