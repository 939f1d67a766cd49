"""What people and workers ask for: its form on the wire, the door on NATS, how one asks."""
