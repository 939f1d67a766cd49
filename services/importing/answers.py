"""What the answers of the form mean: moments, ways to be reached, and the programme's codes."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

from events.addresses import is_email, is_phone
from events.calendar import LONDON
from events.terms import (
    Background,
    Channel,
    Day,
    Format,
    Profession,
    Side,
    Standing,
    Theme,
    Travel,
)
from services.importing.cells import Cell
from services.importing.vocabulary import (
    BACKGROUNDS,
    CHANNELS,
    DAYS,
    FORMATS,
    PROFESSIONS,
    SIDES,
    STANDINGS,
    THEMES,
)
from services.importing.words import key, line, parts, says_nothing

T = TypeVar("T")
MOST_EXPERIENCES: Final = 50
MOMENTS: Final = (
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d %B %Y %I:%M%p",
    "%d %B %Y %H:%M",
)
YEARS: Final = range(2016, 2100)  # the programme began in 2016
HALF: Final = re.compile(r" (?=[ap]m$)", re.IGNORECASE)
# The kinds of organisations that somebody may name as employer, as ODS forms their codes: trusts
# and their sites, special health authorities, integrated care boards, GP practices.
ODS: Final = r"R[0-9A-Z]{2}(?:[0-9A-Z]{2})?|T[0-9A-Z]{2}|Q[0-9A-Z]{2}|[A-HJ-NP-WY]\d{5}"
ODS_IN_TEXT: Final = re.compile(rf"\((?P<bracketed>{ODS})\)|(?:^|[\s,;:])(?P<last>{ODS})$")
TRUST: Final = 3


def moment(cell: Cell) -> datetime | None:
    """The moment, in UTC, of a date cell or of a text in one of the form's three styles.

    What names no offset is local time in Europe/London, day first; the hour that comes twice in
    October counts as its first.
    """
    found = cell if isinstance(cell, datetime) else _written_moment(HALF.sub("", line(cell)))
    if found is None or found.year not in YEARS:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=LONDON)).astimezone(UTC)


def _written_moment(text: str) -> datetime | None:
    for form in MOMENTS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - `moment` gives it its zone
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def email(text: str) -> str | None:
    """An e-mail address, if it has the form of one."""
    return text if is_email(text) else None


def telephone(text: str) -> str | None:
    """A telephone number, if it has as many digits as one; Excel may have eaten its first 0."""
    if not is_phone(text):
        return None
    lost_zero = re.fullmatch(r"[1237]\d{9}", text)
    return f"0{text}" if lost_zero else text


def side(text: str) -> Side | None:
    """The side that was chosen."""
    return SIDES.get(key(text))


def background(text: str) -> Background | None:
    """What brings a patient leader, if exactly one of the three is said."""
    return _only(BACKGROUNDS, text)


def standing(text: str) -> Standing | None:
    """Whether they lead already or would like to."""
    return _only(STANDINGS, text)


def profession(text: str) -> Profession | None:
    """A profession of the list; whatever else is said is another. None if nothing is said."""
    return PROFESSIONS.get(key(text), Profession.OTHER) if key(text) else None


def channel(text: str) -> Channel | None:
    """How they wish to hear from us."""
    return CHANNELS.get(key(text))


def themes(text: str) -> tuple[Theme, ...]:
    """The themes that were ticked, those that we know."""
    return tuple(dict.fromkeys(_known(THEMES, text)))


def days(text: str) -> tuple[Day, ...]:
    """The days that were ticked, those that we know."""
    return tuple(dict.fromkeys(_known(DAYS, text.replace(",", ";"))))


def travel(text: str) -> Travel:
    """How far they can travel.

    A number of miles is local, the largest too: the region is wider by far, and nobody should be
    sent further than they said.
    """
    said = key(text)
    if "online" in said:
        return Travel.ONLINE
    return Travel.REGION if said.startswith("anywhere") else Travel.LOCAL


def form_of_words(needs: str) -> Format:
    """The form of words that somebody's needs ask for."""
    return _only(FORMATS, needs) or Format.STANDARD


def supporter_comes(needs: str) -> bool:
    """Whether somebody brings a person who supports them."""
    return "supporter" in needs.casefold() or "support worker" in needs.casefold()


def employer(organisation: str) -> str | None:
    """The ODS code in brackets or at the end of what was written; of a trust's site, the trust's.

    Capitals elsewhere are an abbreviation that people say, as the RUH in Bath, and no code.
    """
    found = ODS_IN_TEXT.search(organisation)
    if found is None:
        return None
    code = found["bracketed"] or found["last"]
    return code[:TRUST] if code.startswith("R") else code


def experiences(text: str) -> int:
    """How many leadership experiences are told of: one for each line that says something."""
    said = sum(1 for one in text.split("\n") if not says_nothing(one))
    return min(said, MOST_EXPERIENCES)


def _known(codes: Mapping[str, T], text: str) -> Iterator[T]:
    for part in parts(text):
        if (code := codes.get(key(part))) is not None:
            yield code


def _only(codes: Mapping[str, T], text: str) -> T | None:
    """The one code whose word is said; None if none is, or several are."""
    said = text.casefold()
    found = [code for word, code in codes.items() if word in said]
    return found[0] if len(found) == 1 else None
