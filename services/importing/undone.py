"""Undoes what spreadsheets and form services write into cells that nobody typed."""

import re
from typing import Final

ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""A sign that XML can't hold, as Office writes it (ECMA-376, ST_Xstring)."""
AS_TEXT: Final = re.compile(r'="([^"]*)"')
"""A formula by which some services keep Excel from taking a number for one."""
QUOTED: Final = re.compile(r"'(?=[\d+=@-])")
"""What people type so that a spreadsheet takes a number for text, and some programs keep."""
ERROR: Final = re.compile(
    r"#(N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|UNKNOWN!"
    r"|GETTING_DATA|NV|BEZUG!|WERT!)|Err:\d{3}",
    re.IGNORECASE,
)
WHOLE: Final = re.compile(r"(\d+)\.0+")
"""A whole number as programs write what a spreadsheet took for a fraction."""
ANGLED: Final = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>")
MAILTO: Final = re.compile(r"mailto:", re.IGNORECASE)


def undone(text: str) -> str:
    """What stood in the cell before a program wrote it in its own way."""
    if "_x" in text:
        text = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    if text.startswith("=") and (found := AS_TEXT.fullmatch(text)):
        text = found[1]
    return QUOTED.sub("", text, count=1) if text.startswith("'") else text


def is_error(text: str) -> bool:
    """Whether a spreadsheet says here that it could not reckon."""
    return ERROR.fullmatch(text.strip()) is not None


def whole(text: str) -> str:
    """A number without the fraction that it never had."""
    return found[1] if (found := WHOLE.fullmatch(text)) else text


def address(text: str) -> str:
    """An e-mail address without what a program puts around it, as `mailto:` or `Ada <…>`."""
    found = ANGLED.fullmatch(text)
    return MAILTO.sub("", found[1] if found else text, count=1)
