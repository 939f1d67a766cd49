"""The programme's rules before they are in force: proposed, signed by both sides, taken back."""
