"""What participants write about their experience, and whom they let read it."""
