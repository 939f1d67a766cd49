"""What the log has told so far, read plainly: cohorts, people, pairs and their work."""
