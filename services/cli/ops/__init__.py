"""`leading-together ops`: see what is stuck or lost, and mend it, each act with a reason."""
