"""One person's wish to join one cohort: begun, handed in, eligible or not, taken back."""
