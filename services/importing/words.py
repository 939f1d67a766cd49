"""How words are compared and kept: people and their keyboards write one thing in many ways."""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import category, normalize

# Zero-width and directional marks; joiners stay, since Persian names and many others need them.
UNSEEN: Final = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff\u00ad"
IN_BRACKETS: Final = re.compile(r"\([^)]*\)")
NOTHING: Final = frozenset(
    {"", "no", "none", "na", "nil", "nothing", "nobody", "noone", "notapplicable", "notatall"}
)


def line(text: str) -> str:
    """One line: composed letters, single blanks, nothing around."""
    return " ".join(_printable(text).split())


def words(text: str) -> str:
    """Several lines, each as it was written but for blanks at its ends."""
    unified = _printable(text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(one.strip() for one in unified.split("\n")).strip()


def key(text: str) -> str:
    """What is left for comparing: letters and digits in one case, without what is in brackets."""
    folded = normalize("NFKC", IN_BRACKETS.sub("", text).replace("&", " and ")).casefold()
    return "".join(char for char in folded if char.isalnum())


def says_nothing(text: str) -> bool:
    """Whether an answer is empty, or a way to say so, as "n/a", "-" or "None."."""
    return key(text) in NOTHING


def parts(text: str) -> Iterator[str]:
    """The options that were ticked: each is closed by a semicolon or stands on its own line."""
    for part in re.split(r"[;\n]", words(text)):
        if part.strip():
            yield part.strip()


def _printable(text: str) -> str:
    """Without what nobody sees: control characters, and marks that come along with a copy."""
    composed = normalize("NFC", text.replace("\u00a0", " "))
    return "".join(
        char
        for char in composed
        if char in "\n\t" or (category(char) != "Cc" and char not in UNSEEN)
    )
