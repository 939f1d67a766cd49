"""What the form asks, and under which titles: ours, shorter ones, and those of form services."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.importing.words import key, line


@dataclass(frozen=True)
class Question:
    """A question of the form: our word for it, its title, and shorter titles; `service` are those
    of columns that form services add by themselves, which count if no other asks the same.

    Titles are compared without case, blanks, punctuation and what is in brackets; what is in square
    brackets at the end is one of several options, each of which has a column.
    """

    field: str
    title: str
    shorter: tuple[str, ...] = ()
    service: tuple[str, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """All of them, those first that count before others."""
        return (self.title, *self.shorter, *self.service)


REQUIRED: Final = (
    Question(
        "timestamp",
        "Timestamp",
        ("Submitted at", "Date"),
        (
            "Completion time",  # Microsoft Forms
            "Submission Date",  # JotForm
            "Submit Date",  # Typeform
            "Submitted",
            "Date submitted",  # LimeSurvey
            "Recorded Date",  # Qualtrics
            "Completed Date",  # SmartSurvey
            "Completed",
            "End Date",  # SurveyMonkey, Qualtrics
            "Ended",
        ),
    ),
    Question(
        "name",
        "Your full name",
        ("Full name",),
        ("Name", "Participant name", "Respondent name", "Recipient name"),
    ),
    Question(
        "email",
        "E-mail address",
        ("E-mail", "Your e-mail address", "Your e-mail"),
        ("Email Address", "Email", "Username", "Participant email", "Respondent email"),
    ),
    Question("town", "Town or city", ("Town", "City", "Where do you live?")),
    Question("description", "How would you describe yourself?", ("Description",)),
    Question("side", "Are you applying as a patient leader or a healthcare leader?", ("Side",)),
    Question("profession", "If you work in healthcare, what is your profession?", ("Profession",)),
    Question("experience", "What leadership experience do you have?", ("Leadership experience",)),
    Question("interest", "Why are you interested in healthcare and leadership?", ("Interest",)),
    Question("consent", "I agree to my data being used for this programme", ("Consent",)),
)
OPTIONAL: Final = (
    Question("telephone", "Telephone", ("Telephone number", "Phone", "Phone number", "Mobile")),
    Question("organisation", "Organisation (and ODS code if you know it)", ("Employer",)),
    Question("manager", "Line manager's e-mail (healthcare leaders)", ("Line manager",)),
    Question("themes", "Which themes interest you?", ("Themes",)),
    Question("travel", "How far can you travel?", ("Travel",)),
    Question("days", "Days you can do", ("Days",)),
    Question("contact", "How would you like us to contact you?", ("Contact by",)),
    Question("needs", "What would help you take part?", ("Access needs",)),
    Question("avoid", "Anybody we should not pair you with, and why?", ("Not to pair with",)),
)
PARTS_OF_A_NAME: Final = (
    Question("first", "First name", ("Given name", "Forename"), ()),
    Question("last", "Last name", ("Surname", "Family name"), ()),
)
QUESTIONS: Final = REQUIRED + OPTIONAL
EXACTLY: Final = 0


def _ranks() -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for one in (*QUESTIONS, *PARTS_OF_A_NAME):
        own = len(one.titles) - len(one.service)
        for at, title in enumerate(one.titles):
            found.setdefault(key(title), (one.field, 1 if at < own else at + 1))
    return found


RANKS: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(_ranks())
"""Which field a title asks for, as it is compared, and how it ranks beside others of the field."""
TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {one.field: one.title for one in (*QUESTIONS, *PARTS_OF_A_NAME)}
)


def asked_by(title: str) -> tuple[str, int] | None:
    """The field that a title asks for, and its rank: 0 for the form's own words, to the letter, so
    that "E-mail address" comes before the "Email Address" that a service adds.
    """
    found = RANKS.get(key(title))
    if found and line(title) == TITLES[found[0]]:
        return found[0], EXACTLY
    return found
