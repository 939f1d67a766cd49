"""The forms of e-mail addresses and telephone numbers, and the spelling by which they compare."""

import re
from typing import Final
from unicodedata import normalize

EMAIL: Final = r"[^@\s]+@[^@\s]+\.[^@\s.]+"
FEWEST_DIGITS, MOST_DIGITS = 7, 15  # a local number has so many; ITU-T E.164 allows no more
PHONE: Final = rf"\D*(\d\D*){{{FEWEST_DIGITS},{MOST_DIGITS}}}"

# What a spreadsheet makes of a long number: its last digits are lost.
ROUNDED: Final = re.compile(r"\s*[\d.,]+E\+?\d+\s*", re.IGNORECASE)


def is_email(text: str) -> bool:
    """Whether it has the form of an e-mail address."""
    return re.fullmatch(EMAIL, text) is not None


def is_phone(text: str) -> bool:
    """Whether it has as many digits as a telephone number, and none was rounded away."""
    return (
        not ROUNDED.fullmatch(text) and FEWEST_DIGITS <= len(re.sub(r"\D", "", text)) <= MOST_DIGITS
    )


def one_spelling(contact: str) -> str:
    """An address or number without blanks, in folded case, 00 as +, and +44 as 0."""
    text = "".join(normalize("NFKC", contact).casefold().split())
    if "@" in text:
        return text
    digits = "".join(c for c in text if c.isdigit() or c == "+")
    number = f"+{digits[2:]}" if digits.startswith("00") else digits
    return "0" + number.removeprefix("+44").removeprefix("0") if number[:3] == "+44" else number
