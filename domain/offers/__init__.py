"""What becomes of decisions: released together, offered, accepted, confirmed, or on reserve."""
