"""Whatever waits for a person of the team: who takes it on, and that it is done."""
