"""What people may do: the roles that they are granted, hold and lose, and in which they act."""
