"""What a worker can't take in: told from what passes, put aside in order, taken in again."""
