"""What became of messages to people, and what somebody of the team did about it."""
