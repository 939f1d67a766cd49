"""The copy of the log on the bus: connections, provisioning, copying, comparing, making anew."""
