"""Who somebody is to the programme: known, how they are reached, what they agree to, their ties."""
