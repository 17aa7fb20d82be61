# A CRM names who looks after the caller; while it thinks, the caller hears that it rings.
scenario lookup
phones alice bob carol
users alice bob
http GET https://crm.example/agents answers 200 '{"agent": "bob"}' after 0.5
bob answers after 1
at 0 alice calls 500
at 5 expect alice talks to bob
at 6 alice hangs up
expect asked "GET https://crm.example/agents?caller=alice"
