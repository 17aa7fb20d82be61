# OPTIONS is answered without a session and without a password.
scenario forward
phones alice
password alice sesame
at 0 alice pings
expect alice has its OPTIONS answered: 200
