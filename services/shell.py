"""What somebody may type or paste into a shell. Read by `deploy/make-secrets` too, so it needs only
the standard library.
"""

from os import fsencode
from shlex import quote


def to_type(text: str) -> str:
    r"""A word of a command: in a shell it is what it was. What a terminal would not show is written
    as `$'\n'` (POSIX 2024, 2.2.4).
    """
    if text.isprintable():
        return quote(text)
    return f"$'{''.join(map(_as_typed, fsencode(text)))}'"


def _as_typed(byte: int) -> str:
    one = chr(byte)
    return one if one.isascii() and one.isprintable() and one not in "'\\" else f"\\x{byte:02x}"
