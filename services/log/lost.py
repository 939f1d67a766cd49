"""What is wrong where the log has no more what its facts refer to."""


class LostPart(LookupError):
    """The log lacks a part that a fact refers to. Restore it from a backup."""
