"""How a panel of both sides reads and scores applications, and what it decides."""
