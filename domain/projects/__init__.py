"""What a pair improves for a host organisation: approved, step by step, handed on, ended."""
