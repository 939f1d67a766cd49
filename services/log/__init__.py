"""The truth: events in one order without a gap, the one writer, and what it knows."""
