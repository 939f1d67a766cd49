"""The days of the training: planned, booked, waited for, attended, made up, complete."""
