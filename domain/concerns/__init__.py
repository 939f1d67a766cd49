"""What somebody tells in confidence: raised by anybody, read and decided by few."""
