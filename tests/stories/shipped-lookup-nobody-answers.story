# A CRM that says nothing costs the caller two seconds.
scenario lookup
phones alice carol
users alice
http https://crm.example/agents is silent
alice answers after 1
at 0 carol calls 500
at 5 expect carol talks to alice
at 6 carol hangs up
expect log "the CRM says no answer within 2 s"
