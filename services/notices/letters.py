"""What one person is told at one time, in plain words around opened values.

Whatever people wrote comes in on one line, or as a quotation: nobody writes a paragraph of ours.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from unicodedata import category

from domain.contacts.reaching import Reached
from domain.notice import Appointment, Asks, Notice, in_quotes, nhs_date
from domain.people.person import Reach
from events.people import Contact, ContactChange
from events.personal import Erased, Sealed
from events.terms import Channel, Format
from services.escaping import one_line, quotation
from services.notices.mailboxes import is_mailbox
from services.notices.office import Office

SIGNATURE: Final = "With kind regards\n\nThe Leading Together team"
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
SENTENCE: Final = re.compile(r"(?<=[.?!]) (?=[A-Z“])")
MOST_IN_SHORT: Final = 60  # words of a notice that are said in short
MORE: Final = "The whole message says more."
MOST_WORDS, LONGEST_TITLE = 6, 4  # words of a name; letters of one that ends in a full stop
IN_NAMES: Final = "'`\u2018\u2019\u02bc-\u2010\u00b7\u200c\u200d,()"
ENGLISH: Final = "en"
NO_WAYS: Final = Contact()
Opening = Callable[[Sealed], Any]


@dataclass(frozen=True)
class Letter:
    """What one person is told: `address` is where, `ways` are all the ways to reach them.

    `short` is the same in few short lines, from which Easy Read is made, and what is said on the
    telephone; `by` is the first day by whose end an answer is needed. `appointments` are in the
    order of their causes.
    """

    channel: Channel
    name: str
    address: str | None
    subject: str
    body: str
    short: str
    ways: Contact = NO_WAYS
    format: Format = Format.STANDARD
    language: str = ENGLISH
    by: date | None = None
    appointments: tuple[Appointment, ...] = ()

    @property
    def is_by_hand(self) -> bool:
        """Whether somebody of the team has to do it: all but an e-mail in plain English."""
        plain = self.format is Format.STANDARD and self.is_in_english
        return self.channel is not Channel.EMAIL or not plain

    @property
    def is_in_english(self) -> bool:
        """Whether it needs no translation, in whichever English."""
        return self.language.partition("-")[0] == ENGLISH


class Worded(NamedTuple):
    """One notice in words."""

    subject: str
    paragraphs: tuple[str, ...]
    asks: Asks | None


def write(
    notices: Sequence[Notice], reach: Reached, opening: Opening, office: Office
) -> Letter | None:
    """One letter of one or several notices to a person, or None if the person was erased or was
    never registered, or a contact ended; or if it is for where they were reached before a change,
    and they are reached there still. Such a one goes alone.
    """
    if (name := _plain(reach.full_name, opening)) is None:
        return None
    name = one_line(name)
    channel, address = _where(reach, opening)
    formerly = notices[0].formerly
    if formerly is not None and isinstance(reach, Reach):
        now = channel, address
        reach = reach.before(formerly)
        channel, address = _where(reach, opening)
        if (channel, address) == now:
            return None
    worded = [_words(one, opening) for one in notices]
    answer = _answer(worded, office, channel)
    return Letter(
        channel=channel,
        name=name,
        address=address,
        subject=_subject(worded),
        body=framed(name, [*_paragraphs(worded), *answer], office),
        short="\n".join([*_in_short(worded), *answer]),
        ways=_ways(reach, opening),
        format=reach.format,
        language=reach.language,
        by=_first_day(worded),
        appointments=tuple(one.appointment for one in notices if one.appointment),
    )


def framed(name: str, paragraphs: Iterable[str], office: Office) -> str:
    """Paragraphs between a greeting and how to reach the office."""
    greeting, end = f"Dear {named(name)}", "\n".join(office.lines())
    return "\n\n".join([greeting, *paragraphs, SIGNATURE, end]) + "\n"


def _words(notice: Notice, opening: Opening) -> Worded:
    said = {key: _plain(value, opening) or "your partner" for key, value in notice.values.items()}
    values = {key: _framed(words, notice.values[key]) for key, words in said.items()}
    paragraphs = (_quoted(text, said) or _worded(text, values) for text in notice.paragraphs)
    return Worded(_worded(notice.subject, values), tuple(paragraphs), notice.asks)


def _subject(worded: Sequence[Worded]) -> str:
    """What it is about, and by when an answer is needed. What can be answered at any time, or need
    not be, says so in the letter alone.
    """
    subject = worded[0].subject if len(worded) == 1 else f"{len(worded)} things to tell you"
    day = _first_day(worded)
    end = "" if subject.endswith(("?", "!", ".")) else "."
    return f"{subject}{end} Please answer by {nhs_date(day)}" if day else subject


def _first_day(worded: Sequence[Worded]) -> date | None:
    return min((one.asks.by for one in worded if one.asks and one.asks.by), default=None)


def _paragraphs(worded: Sequence[Worded]) -> Iterator[str]:
    if len(worded) > 1:
        yield f"We have {len(worded)} things to tell you."
    for number, one in enumerate(worded, 1):
        if len(worded) > 1:
            yield f"{number}. {one.subject}{_by(one.asks)}"
        yield from one.paragraphs


def _by(asks: Asks | None) -> str:
    """Which of several things is to be answered, and by when."""
    return f" (please answer by {nhs_date(asks.by)})" if asks and asks.by else ""


def _answer(worded: Sequence[Worded], office: Office, channel: Channel) -> list[str]:
    """How to answer, if anything is asked."""
    if not any(one.asks for one in worded):
        return []
    day = _first_day(worded)
    by = f" Please do so by {nhs_date(day)}." if day else ""
    return [f"To answer, {office.to_answer(channel)}.{by}"]


def _in_short(worded: Sequence[Worded]) -> Iterator[str]:
    """A sentence a line: what each notice is about, and its paragraphs as far as they are short.

    What matters stands first in each, and most are short enough to be said whole.
    """
    for one in worded:
        yield f"{one.subject}{_by(one.asks) if len(worded) > 1 else ''}"
        room = MOST_IN_SHORT
        for paragraph in one.paragraphs:
            room -= len(paragraph.split())
            if room < 0:
                yield MORE
                break
            yield from SENTENCE.split(paragraph)


def _where(reach: Reached, opening: Opening) -> tuple[Channel, str | None]:
    """How and where: as they wish, if there is an address or number for it."""
    known = _ways(reach, opening)
    ways = {
        Channel.EMAIL: known.email if is_mailbox(known.email) else None,
        Channel.PHONE: known.phone,
        Channel.POST: known.postal_address,
    }
    wished = reach.channel or Channel.EMAIL
    if wished is Channel.EMAIL and not ways[wished]:
        wished = Channel.POST if known.postal_address and not known.phone else Channel.PHONE
    return wished, ways[wished] or known.phone or known.email


def named(name: str) -> str:
    """A name within our own words: as it is, or as a quotation if it says more than names do."""
    words = name.split()
    is_name = len(words) <= MOST_WORDS and all(map(_is_of_a_name, words))
    return name if is_name else in_quotes(name)


def _plain(value: str | Sealed | Erased | None, opening: Opening) -> str | None:
    opened = _opened(value, opening)
    return opened if isinstance(opened, str) else None


def _ways(reach: Reached, opening: Opening) -> Contact:
    """Where somebody is reached, after all that has changed."""
    known = Contact.model_validate(_opened(reach.contact, opening) or {})
    for one in reach.changes if isinstance(reach, Reach) else ():
        if change := _opened(one, opening):
            known = ContactChange.model_validate(change).after(known)
    return known


def _opened(value: Any, opening: Opening) -> Any:
    """A value as it can be read; None if it was erased."""
    opened = opening(value) if isinstance(value, Sealed) else value
    return None if isinstance(opened, Erased) else opened


def _framed(words: str, came: str | Sealed | Erased | None) -> str:
    """What stands for a placeholder: what came sealed is a name, and the rest is worded already."""
    return named(one_line(words)) if isinstance(came, Sealed) else words


def _worded(text: str, values: Mapping[str, str]) -> str:
    """One line of ours with its placeholders filled; what people wrote is never read as one."""
    return one_line(PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text))


def _quoted(text: str, said: Mapping[str, str]) -> str | None:
    """Several lines of somebody's, if they are all there is to a paragraph."""
    alone = PLACEHOLDER.fullmatch(text)
    words = said.get(alone[1], "") if alone else ""
    return "\n".join(quotation(words)) if len(words.strip().splitlines()) > 1 else None


def _is_of_a_name(word: str) -> bool:
    """Whether a word has only what words of names have; in titles and initials a full stop too."""
    bare = word.removesuffix(".")
    title = bare == word or len(bare) <= LONGEST_TITLE
    return title and all(category(one)[0] in "LM" or one in IN_NAMES for one in bare)
