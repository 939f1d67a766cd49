"""What operators look at and order, whichever face they use."""
