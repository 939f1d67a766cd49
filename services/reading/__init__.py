"""What people may read: who sees and opens what, how it is asked and answered, and its trail."""
