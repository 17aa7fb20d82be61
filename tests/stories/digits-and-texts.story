# INFO and MESSAGE pass through easyProcess.
scenario forward
phones alice bob
users bob
bob answers after 0.2
at 0 alice calls bob
at 2 alice sends info "Signal=5"
at 3 bob sends text "hello"
at 5 alice hangs up
expect alice has its INFO answered: 200
expect bob receives INFO: Signal=5
expect alice receives MESSAGE: hello
