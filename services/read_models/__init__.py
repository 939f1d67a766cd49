"""What people look at: tables folded from the log, and built anew beside the old ones."""
