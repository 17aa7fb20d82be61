# The scenario calls somebody who is not there: Failed 404, which reaches the caller.
scenario transfer
phones alice
at 0 alice calls nobody
expect alice is refused: 404
