"""What must never be, looked for over the whole log by other means than decisions use."""
