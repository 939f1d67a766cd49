"""What is told in confidence: taken in, kept apart from all else, and shown to few."""
