"""Which column of a table holds the answer to which question, found by what stands above it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.importing.cells import Cell, NotATable
from services.importing.words import key, line


@dataclass(frozen=True)
class Question:
    """A question of the form: our word for it, its title, and shorter titles.

    Titles are compared without case, blanks, punctuation and what is in brackets.
    """

    field: str
    title: str
    shorter: tuple[str, ...] = ()


REQUIRED: Final = (
    Question("timestamp", "Timestamp", ("Completion time", "Submitted at", "Date")),
    Question("name", "Your full name", ("Full name", "Name")),
    Question("email", "E-mail address", ("E-mail", "Your e-mail address")),
    Question("town", "Town or city", ("Town", "City", "Where do you live?")),
    Question("description", "How would you describe yourself?", ("Description",)),
    Question("side", "Are you applying as a patient leader or a healthcare leader?", ("Side",)),
    Question("profession", "If you work in healthcare, what is your profession?", ("Profession",)),
    Question("experience", "What leadership experience do you have?", ("Leadership experience",)),
    Question("interest", "Why are you interested in healthcare and leadership?", ("Interest",)),
    Question("consent", "I agree to my data being used for this programme", ("Consent",)),
)
OPTIONAL: Final = (
    Question("telephone", "Telephone", ("Telephone number", "Phone", "Phone number")),
    Question("organisation", "Organisation (and ODS code if you know it)", ("Employer",)),
    Question("manager", "Line manager's e-mail (healthcare leaders)", ("Line manager",)),
    Question("themes", "Which themes interest you?", ("Themes",)),
    Question("travel", "How far can you travel?", ("Travel",)),
    Question("days", "Days you can do", ("Days",)),
    Question("contact", "How would you like us to contact you?", ("Contact by",)),
    Question("needs", "What would help you take part?", ("Access needs",)),
    Question("avoid", "Anybody we should not pair you with, and why?", ("Not to pair with",)),
)
QUESTIONS: Final = REQUIRED + OPTIONAL
MOST_NAMED, LONGEST_TITLE = 40, 100  # titles, and characters of one, in a sentence
ENOUGH: Final = 4  # titles that must be known for the first row to be a header


@dataclass(frozen=True)
class Columns:
    """Where each answer stands; `unread` are titles of columns that ask nothing we know."""

    places: Mapping[str, int]
    unread: tuple[str, ...]
    width: int

    def answers(self, cells: Sequence[Cell]) -> dict[str, Cell]:
        """The cells of a row by question; "" where the column or the cell is absent."""
        found = dict.fromkeys((question.field for question in QUESTIONS), "")
        return found | {field: cells[at] for field, at in self.places.items() if at < len(cells)}


def columns(header: Sequence[str]) -> Columns:
    """The columns of a table; NotATable if a question is missing or stands above two columns."""
    known = {key(title): one.field for one in QUESTIONS for title in (one.title, *one.shorter)}
    places: dict[str, int] = {}
    unread: list[str] = []
    for at, title in enumerate(header):
        field = known.get(key(title))
        if field is None and key(title):
            unread.append(line(title))
        elif field is not None and places.setdefault(field, at) != at:
            raise NotATable(f"Two columns are called {named([title])}. Please leave one out.")
    _refuse_missing(places, header)
    return Columns(places, tuple(unread), len(header))


def _refuse_missing(places: Mapping[str, int], header: Sequence[str]) -> None:
    if len(places) < ENOUGH:  # the first row may well be a person's, so it is not shown
        raise NotATable("The first row must hold the titles of the columns, as the form has them.")
    missing = [one.title for one in REQUIRED if one.field not in places]
    if missing:
        found = named([title for title in header if line(title)]) or "none"
        raise NotATable(f"These columns are missing: {named(missing)}. The file has: {found}.")


def named(titles: Sequence[str]) -> str:
    """Titles in a sentence: each in quotation marks and not longer than one is, and not all of too
    many.
    """
    told = [f'"{_shortened(line(title))}"' for title in titles[:MOST_NAMED]]
    left = len(titles) - len(told)
    return ", ".join([*told, f"and {left} more"] if left else told)


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…"
