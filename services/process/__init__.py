"""What every worker stands on: started, kept running, following the log, at rest, stopped."""
