"""Runs of the matching: what they weigh, what they find and prove, who signs them."""
