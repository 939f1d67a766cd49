"""What one row of the form asks for: a person, what they say of themselves, an application."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from domain.catalogue import COMMANDS
from events.addresses import one_spelling
from events.applications import Profile
from events.terms import Channel, Side
from services.door.problems import problems_of
from services.door.replies import FieldProblem
from services.importing import answers
from services.importing.cells import Cell
from services.importing.form import LONGEST_WORDS, TOO_LONG, Filled, filled
from services.importing.questions import QUESTIONS
from services.importing.report import RowResult
from services.importing.undone import is_error
from services.importing.words import YES, key, says_nothing
from services.vault.words import Card, same_name

LONGEST_RAW: Final = 4 * LONGEST_WORDS  # characters of an answer, with all that is left out of it
CONSENTS: Final = YES | {
    key(title) for one in QUESTIONS if one.field == "consent" for title in one.titles
}
AN_ERROR: Final = "a spreadsheet wrote an error here; put the answer in its place"
NO_CONSENT: Final = (
    "They did not agree to the use of their data, so nothing of this row was kept. "
    "Please answer them in another way."
)
NO_LETTERS: Final = (
    "They ask for letters, and the form has no address for them: write to them by e-mail, or ring,"
    " and ask. Until then that is how they are reached."
)
LEFT_OUT: Final = (
    "{others} of the {question} are not on our list and were left out; taken: {taken}."
)
NO_EMPLOYER: Final = "There is no ODS code, so rules can't tell who works for the same employer."

Step = tuple[str, Mapping[str, Any]]
Known = tuple[str, str]
"""What makes two one person: an address or number, in one spelling, and a name."""


@dataclass(frozen=True)
class Submission:
    """A row that can be sent.

    `register` and `application` are the fields of those commands, `said` the commands between
    them; the ids of person and cohort come in when it is sent. `doubts` are those of the `notes`
    without a yes to which it is not sent.
    """

    row: int
    at: datetime
    register: Mapping[str, Any] = field(repr=False)
    said: tuple[Step, ...] = field(repr=False)
    application: Mapping[str, Any] = field(repr=False)
    manager: str = field(repr=False)
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Their name as the vault compares it."""
        return same_name(self.register["full_name"])

    @property
    def steps(self) -> tuple[Step, ...]:
        """All commands that it becomes, in their order."""
        registers, applies = (
            ("person.register", self.register),
            ("application.submit", self.application),
        )
        return (registers, *self.said, applies)

    @property
    def known_by(self) -> tuple[Known, ...]:
        """What makes two rows one person's."""
        return known_by(Card(**self.register))


def known_by(card: Card) -> tuple[Known, ...]:
    """What makes two one person."""
    return tuple((contact, same_name(card.full_name)) for contact in card.contacts)


def submission(row: int, cells: Mapping[str, Cell]) -> Submission | RowResult:
    """What a row asks for by its answers, or why it can't be sent."""
    if broken := [name for name, cell in cells.items() if is_error(str(cell))]:
        problems = tuple(FieldProblem(field=name, problem=AN_ERROR) for name in broken)
        return RowResult(row=row, outcome="invalid", problems=problems)
    if too_long := [name for name, cell in cells.items() if len(str(cell)) > LONGEST_RAW]:
        problems = tuple(FieldProblem(field=name, problem=TOO_LONG) for name in too_long)
        return RowResult(row=row, outcome="invalid", problems=problems)
    if key(str(cells["consent"])) not in CONSENTS:
        return RowResult(row=row, outcome="refused", code="consent.not-given", sentence=NO_CONSENT)
    form = filled(cells)
    if not isinstance(form, Filled):
        return RowResult(row=row, outcome="invalid", problems=form)
    found = Submission(
        row=row,
        at=form.timestamp,
        register=_register(form),
        said=tuple(_said(form)),
        application=_application(form),
        manager=one_spelling(answers.email(form.manager) or form.manager),
        notes=tuple(_notes(form, cells)),
    )
    malformed = tuple(_malformed(found))
    return RowResult(row=row, outcome="invalid", problems=malformed) if malformed else found


def _malformed(one: Submission) -> Iterator[FieldProblem]:
    """What the door would not take, which must not be found out when half of a row is sent. Ids of
    people and cohorts come later.
    """
    for name, data in one.steps:
        try:
            COMMANDS[name].model_validate(dict(data))
        except ValidationError as error:
            for place, kind, problem in problems_of(error):
                if kind != "missing":
                    yield FieldProblem(field=str(place[0]) if place else name, problem=problem)


def _register(form: Filled) -> Mapping[str, Any]:
    given = {
        "full_name": form.name,
        "email": form.email,
        "phone": form.telephone,
        "town": form.town,
    }
    return {name: value for name, value in given.items() if value}


def _said(form: Filled) -> Iterator[Step]:
    """What they say of themselves; consent first, for all the rest rests on it."""
    yield "person.give-consent", {"purpose": "programme"}
    words = answers.form_of_words(form.needs or "")
    yield "person.state-contact-preference", {"channel": _reached_by(form), "format": words}
    if form.needs:
        comes = answers.supporter_comes(form.needs)
        yield "person.state-access-needs", {"needs": form.needs, "supporter_comes": comes}
    yield "interest.express", {"side": form.side, "words": form.interest}


def _reached_by(form: Filled) -> Channel:
    """How they wish to be reached, if the form has an address or number for that: none has one to
    which a letter could be posted, so who asks for letters is asked for it.
    """
    if form.channel is not Channel.POST:
        return form.channel
    return Channel.EMAIL if form.email else Channel.PHONE


def _application(form: Filled) -> Mapping[str, Any]:
    background, standing = form.description or (None, None)
    profile = Profile(
        area=form.area,
        themes=form.themes,
        days=form.days,
        travel=form.travel,
        background=background,
        standing=standing,
        profession=form.profession,
        employer=form.organisation,
    )
    optional = {"leadership": form.experience, "wishes": form.avoid}
    return {
        "side": form.side,
        "profile": profile.model_dump(mode="json"),
        "experiences": answers.experiences(form.experience),
        "interest": form.interest,
        **{field: text for field, text in optional.items() if text},
    }


def _notes(form: Filled, cells: Mapping[str, Cell]) -> Iterator[str]:
    """What was left out, or could not be told; the answers themselves are never repeated."""
    if form.side is Side.HEALTHCARE_LEADER and form.organisation is None:
        yield NO_EMPLOYER
    if form.channel is Channel.POST:
        yield NO_LETTERS
    for question, kept in (("email", form.email), ("telephone", form.telephone)):
        if kept is None and not says_nothing(str(cells[question])):
            yield f"What stands under {question} is none and was left out."
    for question, ticked in (
        ("themes", answers.themes(str(cells["themes"]))),
        ("days", answers.days(str(cells["days"]))),
    ):
        if ticked.others:
            taken = ", ".join(ticked.known) or "none"
            yield LEFT_OUT.format(others=ticked.others, question=question, taken=taken)
