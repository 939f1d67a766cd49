"""A message to a person: what it says and to whom, as a pure answer to a fact.

The words are plain and kind, at a reading age of nine; dates are written as the NHS writes them.
Personal values stay sealed in `values` and are opened by whoever sends the message. What rules
may read comes opened, or erased: then a message says what is true without it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from domain.decision import Know
from events.calendar import LONDON
from events.catalogue import Recorded
from events.event import Event
from events.ids import ContactId, PersonId
from events.people import PersonDetailsChanged
from events.personal import Closed, Erased, Sealed, plain

Openable = str | Sealed | Erased | None
OPENING, CLOSING = "“„‟«〝", '”»〞"″\uff02'
MARKS: Final = str.maketrans(dict.fromkeys(OPENING, "\u2018") | dict.fromkeys(CLOSING, "\u2019"))
LINK: Final = re.compile(r"(?<=://)(?=\S)|(?<=\w\.)(?=[^\W\d_])")


@dataclass(frozen=True)
class Appointment:
    """What goes into a person's calendar, or out of it: aware times, and an id that stays when it
    moves. `sequence` is how often what stands there was changed.
    """

    uid: str
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    sequence: int = 0
    cancelled: bool = False


class Hearer(Enum):
    """As what somebody hears of a fact. No fact says it, so it is no code."""

    PERSON = "whoever it is about"
    PARTNERS = "both partners"
    PARTNER = "the other partner"
    SILENT = "whichever of the two has not answered"
    COHORT = "whoever applies for the cohort or has a place on it"
    MEMBERS = "whoever has a place on the cohort"
    INVITED = "whoever was invited and could still apply"
    LISTED = "whoever has a place on the workshop or waits for one"
    ABSENT = "whoever had a place on the workshop and was not seen there"
    ASSESSORS = "assessors"
    HOLDING_THE_REGISTER = "facilitators (coordinators where there are none)"
    CO_CHAIRS = "co-chairs"
    OFFICERS = "whoever facilitates, chairs, hosts or coordinates the cohort"
    COORDINATORS = "coordinators"
    LINE_MANAGERS = "line managers"
    HOSTS = "hosts"
    CONTACTS = "whoever is named as a contact"
    NAMING = "whoever named the contact"
    TOLD = "whoever was told before"


@dataclass(frozen=True)
class Asks:
    """What a message asks for: the name of the command that answers it, the fields of it that are
    known already (ids, and nothing that somebody wrote, so that a link can be derived), and by the
    end of which day in London.
    """

    command: str
    known: Mapping[str, str] = field(default_factory=dict)
    by: date | None = None


@dataclass(frozen=True)
class Notice:
    """One message. `subject` and `paragraphs` may hold {placeholders} of `values`.

    `template` names the kind for ever, as `offer.made`; greeting and signature are added by the
    sender. `formerly` is a change of how they are reached: then it goes where they were before, if
    that is elsewhere. `asks` is what somebody is asked for, if anything. One that is `urgent` is
    sent at any hour, and alone.
    """

    template: str
    to: PersonId | ContactId
    subject: str
    paragraphs: tuple[str, ...]
    values: Mapping[str, Openable] = field(default_factory=dict)
    appointment: Appointment | None = None
    formerly: PersonDetailsChanged | None = None
    asks: Asks | None = None
    urgent: bool = False


NoticeRule = Callable[[Recorded[Any], Know], Iterator[Notice]]


def tells(
    *facts: type[Event], to: Hearer | tuple[Hearer, ...]
) -> Callable[[NoticeRule], NoticeRule]:
    """Marks a function that answers these facts with notices, and as what people hear them; like
    `needs`, it is asked again until all that it wants to know is folded.
    """

    def mark(rule: NoticeRule) -> NoticeRule:
        vars(rule)["tells"] = facts
        vars(rule)["to"] = (to,) if isinstance(to, Hearer) else to
        return rule

    return mark


def said(words: Closed[str], otherwise: str) -> str:
    """Words as somebody wrote them, or `otherwise` once they were erased."""
    return plain(words) or otherwise


def called(thing: str, title: Closed[str] | None) -> str:
    """`project “Kinder letters”`, or just `project` once its title was erased."""
    name = plain(title)
    return f"{thing} {in_quotes(name)}" if name else thing


def in_quotes(words: str) -> str:
    """“Their words”, within ours. They can't end the quotation, and no mail program makes a link of
    them: other marks stand for theirs, and a blank within an address.
    """
    return f"“{LINK.sub(' ', words.translate(MARKS))}”"


def because(
    sentences: Mapping[str, str], codes: Closed[str] | Closed[tuple[str, ...]], *lead: str
) -> tuple[str, ...]:
    """After `lead`, the sentence of each code in its order; nothing once they were erased."""
    told = plain(codes) or ()
    found = [sentences[code] for code in ((told,) if isinstance(told, str) else told)]
    return (*lead, *found) if found else ()


def one_after_another(things: Sequence[object]) -> str:
    """`3, 6 and 12`."""
    *first, last = map(str, things)
    return f"{', '.join(first)} and {last}" if first else last


def nhs_date(day: date) -> str:
    """`Wednesday 6 August 2018` (NHS digital service manual, numbers and dates)."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def nhs_time(moment: datetime) -> str:
    """`5:30pm`, `9am`, `midday`, `midnight`, in London (NHS digital service manual)."""
    local = moment.astimezone(LONDON)
    if local.minute == 0 and local.hour in (0, 12):
        return "midday" if local.hour else "midnight"
    hour, half = local.hour % 12 or 12, "am" if local.hour < 12 else "pm"  # noqa: PLR2004 - clock
    return f"{hour}:{local.minute:02}{half}" if local.minute else f"{hour}{half}"
