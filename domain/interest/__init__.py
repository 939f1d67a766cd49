"""What somebody says before they apply, so that nobody who asks is forgotten."""
