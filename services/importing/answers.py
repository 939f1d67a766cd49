"""What the answers of the form mean: ways to be reached, and the programme's codes."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from events.addresses import is_email, is_phone
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
from services.importing.undone import address, whole
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
from services.importing.words import key, parts, says_nothing

T = TypeVar("T")


class Ticked(NamedTuple, Generic[T]):
    """The options that were ticked and that we know, and how many others there were."""

    known: tuple[T, ...]
    others: int


MOST_COMMAS: Final = 3  # pieces of one option
MOST_EXPERIENCES: Final = 50
# The kinds of organisations that somebody may name as employer, as ODS forms their codes: trusts
# and their sites, special health authorities, integrated care boards, GP practices.
ODS: Final = r"R[0-9A-Z]{2}(?:[0-9A-Z]{2})?|T[0-9A-Z]{2}|Q[0-9A-Z]{2}|[A-HJ-NP-WY]\d{5}"
ODS_IN_TEXT: Final = re.compile(rf"\((?P<bracketed>{ODS})\)|(?:^|[\s,;:])(?P<last>{ODS})$")
TRUST: Final = 3
LOCAL: Final = re.compile(r"[^\s<>()\[\],;:\\\"@.]+(?:\.[^\s<>()\[\],;:\\\"@.]+)*")
"""What may stand before the @, as servers take it (RFC 5321, a dot-string)."""
LABEL: Final = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
LOST_ZERO: Final = re.compile(r"[1237]\d{9}")
LOST_PLUS: Final = re.compile(r"44[1237]\d{9}")


def email(text: str) -> str | None:
    """An e-mail address, if it has the form of one to which letters can go."""
    found = address(text)
    local, _, domain = found.rpartition("@")
    labels = domain.split(".")
    fits = LOCAL.fullmatch(local) and len(labels) > 1 and all(map(LABEL.fullmatch, labels))
    return found if fits and is_email(found) else None


def telephone(text: str) -> str | None:
    """A telephone number, if it has as many digits as one; Excel may have eaten its first 0, or
    the plus before the number of the country.
    """
    found = whole(text.removeprefix("tel:"))
    if not is_phone(found):
        return None
    if LOST_ZERO.fullmatch(found):
        return f"0{found}"
    return f"+{found}" if LOST_PLUS.fullmatch(found) else found


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


def themes(text: str) -> Ticked[Theme]:
    """The themes that were ticked."""
    return _ticked(THEMES, text)


def days(text: str) -> Ticked[Day]:
    """The days that were ticked."""
    return _ticked(DAYS, text)


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


def _ticked(codes: Mapping[str, T], text: str) -> Ticked[T]:
    """What was ticked of a list. Some services part options by commas, which an option may have
    too; so the longest that we know counts.
    """
    found, others = dict[T, None](), 0
    for part in parts(text):
        if (code := codes.get(key(part))) is not None:
            found[code] = None
            continue
        pieces, at = part.split(","), 0
        while at < len(pieces):
            code, length = _longest(codes, pieces[at : at + MOST_COMMAS])
            if code is not None:
                found[code] = None
            elif key(pieces[at]):
                others += 1
            at += length
    return Ticked(tuple(found), others)


def _longest(codes: Mapping[str, T], pieces: Sequence[str]) -> tuple[T | None, int]:
    """The code of the longest beginning that has one, and its length; None, and 1, of none."""
    for length in range(len(pieces), 0, -1):
        if (code := codes.get(key(",".join(pieces[:length])))) is not None:
            return code, length
    return None, 1


def _only(codes: Mapping[str, T], text: str) -> T | None:
    """The one code whose word is said; None if none is, or several are."""
    said = text.casefold()
    found = [code for word, code in codes.items() if word in said]
    return found[0] if len(found) == 1 else None
