"""How two people go on leading together after the programme."""
