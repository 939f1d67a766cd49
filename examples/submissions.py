"""What the online form would have written down for each applicant, the made-up parts included."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from examples.applicants import Applicant, Style

LONDON = ZoneInfo("Europe/London")
OPENS = datetime(2024, 9, 2, tzinfo=LONDON)
DAYS_OPEN = 40  # to 11 October 2024, the last day included
SEED = "Leading Together, autumn 2024"

HEADER = (
    "Timestamp",
    "Your full name",
    "E-mail address",
    "Telephone",
    "Town or city",
    "How would you describe yourself?",
    "Are you applying as a patient leader or a healthcare leader?",
    "If you work in healthcare, what is your profession?",
    "Organisation (and ODS code if you know it)",
    "Line manager's e-mail (healthcare leaders)",
    (
        "What leadership experience do you have? "
        "(a charity, a college society, a newsletter all count)"
    ),
    "Why are you interested in healthcare and leadership?",
    "Which themes interest you? (tick all that apply)",
    "How far can you travel?",
    "Days you can do",
    "How would you like us to contact you?",
    "What would help you take part?",
    "Anybody we should not pair you with, and why? (confidential)",
    "I agree to my data being used for this programme",
)
DESCRIPTIONS = {
    "patient, experienced": "A patient, and I already lead something",
    "patient, aspiring": "A patient, and I would like to lead",
    "carer, experienced": "A carer, and I already lead something",
    "carer, aspiring": "A carer, and I would like to lead",
    "public, experienced": "A member of the public, and I already lead something",
    "public, aspiring": "A member of the public, and I would like to lead",
    "": "Somebody who works in healthcare",
}
THEMES = (
    "Medical appraisal and revalidation",
    "Getting an appointment",
    "Leaving hospital",
    "Carers' support",
    "Mental health",
    "Long-term conditions",
    "Learning disability and autism",
    "Maternity",
    "End of life care",
    "Digital services, and those without them",
)
DISTANCES = ("Up to 10 miles", "Up to 25 miles", "Up to 50 miles", "Anywhere in the South")
STYLES: tuple[Style, ...] = ("slashes", "slashes", "iso", "words")
NOON = 12
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
# Reserved for examples by RFC 2606, as the numbers below are for drama by Ofcom.
DOMAINS = ("example.org", "example.com", "example.net", "post.example")
MOBILES = ("07700 900{0:03}", "07700900{0:03}", "+447700 900{0:03}", "07700-900-{0:03}")
LANDLINES = ("01632 960{0:03}", "(01632) 960{0:03}", "01632960{0:03}")
TELEPHONES = ("", *LANDLINES, *MOBILES, *MOBILES)
NOBODY = ("", "", "", "", "", "", "", "No", "None", "n/a", "-")


@dataclass(frozen=True)
class Submission:
    """One row of the export: who, when (Europe/London), and the answers as the form has them.

    `real_date` says that the workbook keeps the time as a date and not as text.
    """

    applicant: Applicant
    at: datetime
    style: Style
    real_date: bool
    answers: tuple[str, ...]


def all_submissions(applicants: Sequence[Applicant]) -> list[Submission]:
    """Every submission in the order of its time: the first is row 2, below the header."""
    made = [found for number, who in enumerate(applicants) for found in _by(who, number)]
    return sorted(made, key=lambda submission: submission.at)


def _by(who: Applicant, number: int) -> Iterator[Submission]:
    first = _submission(who, number, timedelta())
    yield first
    if who.again:
        later = timedelta(minutes=who.again.minutes)
        yield _submission(who.submitting_again(who.again), number, later)


def _submission(who: Applicant, number: int, later: timedelta) -> Submission:
    # Drawn for each person anew: somebody new in the list moves telephone numbers and no more.
    chance = Random(f"{SEED}: {who.name or who.email}")
    at = (who.at.replace(tzinfo=LONDON) if who.at else _some_time(chance)) + later
    style = chance.choice(STYLES) if who.style is None else who.style
    real_date = chance.choice((True, False)) and style == "slashes"
    answers = (written(at, style), *_contact(who, number, chance), *_answers(who, chance))
    return Submission(who, at, style, real_date, answers)


def _some_time(chance: Random) -> datetime:
    """A moment in waking hours, more often near the deadline, as people are."""
    day = int(DAYS_OPEN * chance.random() ** 0.7)
    seconds = chance.randrange(7 * 3600, 22 * 3600)
    return OPENS + timedelta(days=day, seconds=seconds)


def written(at: datetime, style: Style) -> str:
    """The time as one of the form's three versions wrote it, always in local time."""
    if style == "iso":
        return at.isoformat()
    if style == "slashes":
        return f"{at:%d/%m/%Y %H:%M:%S}"
    half = "am" if at.hour < NOON else "pm"
    return f"{at.day} {at:%B %Y} {at.hour % NOON or NOON}:{at:%M}{half}"


def _contact(who: Applicant, number: int, chance: Random) -> tuple[str, ...]:
    email = f"{_mailbox(who.name)}@{chance.choice(DOMAINS)}" if who.email is None else who.email
    telephone = _telephone(number, chance) if who.telephone is None else who.telephone
    return who.name, email, telephone, who.town


def _mailbox(name: str) -> str:
    """`lukasz.wisniewski` of `Łukasz Wiśniewski`."""
    plain = unicodedata.normalize("NFKD", name.replace("Ł", "L").replace("ł", "l"))
    words = plain.encode("ascii", "ignore").decode().lower().removeprefix("dr ").split()
    return ".".join(re.sub(r"[^a-z-]", "", word) for word in dict.fromkeys((words[0], words[-1])))


def _telephone(number: int, chance: Random) -> str:
    """A number of the person's own, now and then none, written in one of the usual ways."""
    own = number * 37 % 1000  # 37 and 1000 share no factor: no number comes twice
    return chance.choice(TELEPHONES).format(own)


def _answers(who: Applicant, chance: Random) -> tuple[str, ...]:
    themes = who.themes or chance.sample(THEMES, chance.randint(1, 4))
    days = chance.sample(WEEKDAYS, chance.randint(2, 5))
    return (
        DESCRIPTIONS[who.background],
        who.side,
        who.profession,
        who.organisation,
        who.manager,
        who.experience,
        who.interest,
        _ticked(THEMES, themes),
        chance.choice(DISTANCES),
        _ticked(WEEKDAYS, days),
        who.contact,
        who.needs,
        chance.choice(NOBODY) if who.avoid is None else who.avoid,
        who.consent,
    )


def _ticked(offered: Sequence[str], chosen: Sequence[str]) -> str:
    """Several choices in one cell, in the form's order, each closed by a semicolon."""
    return "".join(f"{option};" for option in offered if option in chosen)
