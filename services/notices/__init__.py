"""What people hear: the ledger of notices, their wording, and how each is handed over once."""
