"""How words are compared and kept: people and their keyboards write one thing in many ways."""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import normalize

from events.characters import without_hidden

SECOND_SET: Final = frozenset(map(chr, range(0x80, 0xA0)))
"""Control characters that nobody types: signs of Windows-1252 that some program took for them."""
# How programs end a line within a cell, the blank that comes along with a copy, and those signs.
COPIED: Final = str.maketrans(
    dict.fromkeys("\r\v\f\u2028\u2029", "\n")
    | {"\u00a0": " "}
    | {one: one.encode("latin-1").decode("cp1252", "ignore") for one in SECOND_SET}
)
NOTHING: Final = frozenset(
    {"", "no", "none", "na", "nil", "nothing", "nobody", "noone", "notapplicable", "notatall"}
)


YES: Final = frozenset(
    {"yes", "y", "true", "agree", "iagree", "agreed", "consent", "iconsent", "1", "x"}
    | {"checked", "ticked", "selected", "on", "accepted"}
)
"""How a box that was ticked, or a yes, is written."""


def line(text: str) -> str:
    """One line: composed letters, single blanks, nothing around."""
    return " ".join(_printable(text).split())


def words(text: str) -> str:
    """Several lines, each as it was written but for blanks at its ends."""
    return "\n".join(one.strip() for one in _printable(text).split("\n")).strip()


def key(text: str) -> str:
    """What is left for comparing: letters and digits in one case, without what is in brackets."""
    folded = normalize("NFKC", _without_brackets(text).replace("&", " and ")).casefold()
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
    """Without what nobody sees and nobody meant: it came along with a copy, or hides something.

    What a name or an emoji needs stays, so the door takes what this leaves.
    """
    unified = text.replace("\r\n", "\n").translate(COPIED)
    return without_hidden(normalize("NFC", unified), lines=True)


def _without_brackets(text: str) -> str:
    """Without what stands between an opening bracket and the next closing one.

    A pattern would look for an end anew from each bracket that has none.
    """
    kept, at = list[str](), 0
    while (begin := text.find("(", at)) >= 0 and (end := text.find(")", begin)) >= 0:
        kept.append(text[at:begin])
        at = end + 1
    return "".join([*kept, text[at:]])
