"""The demonstration: an invented cohort from first interest to partnership, at the real door."""
