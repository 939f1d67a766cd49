"""Computes the best matching, in a process of its own, and hands it in at the door."""
