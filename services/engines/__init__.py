"""Where PostgreSQL and NATS are, how the embedded ones run, and who may do what on either."""
