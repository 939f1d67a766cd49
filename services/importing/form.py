"""The form of applications as one person filled it in: cleaned, and checked answer by answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from events.characters import says_something
from events.terms import (
    Area,
    Background,
    Channel,
    Day,
    OdsCode,
    Profession,
    Side,
    Standing,
    Theme,
    Travel,
)
from services.door.problems import problems_of
from services.door.replies import FieldProblem
from services.importing import answers
from services.importing.cells import Cell
from services.importing.dates import DAY_FIRST
from services.importing.towns import area_of
from services.importing.words import line, says_nothing, words

T = TypeVar("T")
LONGEST_LINE, LONGEST_WORDS = 200, 4000
TOO_LONG: Final = f"{LONGEST_WORDS} characters at most"
A_MOMENT: Final = "write it as 14/09/2024 09:12, 2024-09-14 09:12 or 14 September 2024 9:12am"
A_CHANNEL: Final = "choose e-mail, phone or post"
A_SIDE: Final = "choose one: patient leader or healthcare leader"
A_BACKGROUND: Final = "choose one: patient, carer or member of the public"
A_STANDING: Final = "say whether they lead something already or would like to"
A_PROFESSION: Final = "a healthcare leader needs a profession"
A_TOWN: Final = "we don't know in which area of the South this is; add the county after a comma"
AN_ADDRESS: Final = "needs an e-mail address, since that is how they wish to be reached"
A_NUMBER: Final = "needs a telephone number, since that is how they wish to be reached"
REACHABLE: Final = "needs a telephone number, or an e-mail address in its column"


def _found(value: T | None, problem: str) -> T:
    if value is None:
        raise PydanticCustomError("answer", "{problem}", {"problem": problem})
    return value


def _line(cell: Cell) -> str:
    text = line(str(cell))
    return _found(text if len(text) <= LONGEST_LINE else None, f"{LONGEST_LINE} characters at most")


def _words(cell: Cell) -> str:
    text = words(str(cell))
    return _found(text if len(text) <= LONGEST_WORDS else None, TOO_LONG)


def _needed(text: str) -> str:
    return _found(text if says_something(text) else None, "needs an answer")


def _unless_nothing(cell: Cell) -> str | None:
    text = _words(cell)
    return None if says_nothing(text) else text


CleanLine = Annotated[str, BeforeValidator(_line)]
CleanWords = Annotated[str, BeforeValidator(_words)]
NeededLine = Annotated[str, BeforeValidator(lambda cell: _needed(_line(cell)))]
NeededWords = Annotated[str, BeforeValidator(lambda cell: _needed(_words(cell)))]
WordsIfAny = Annotated[str | None, BeforeValidator(_unless_nothing)]


class Filled(BaseModel):
    """One filled form. The fields are the questions, so ordered that what depends comes later.

    `organisation` is the employer's ODS code. What can't be used and isn't needed is left out.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    timestamp: AwareDatetime
    name: NeededLine
    contact: Channel | None
    email: str | None
    telephone: str | None
    town: NeededLine
    side: Side
    description: tuple[Background, Standing] | None
    profession: Profession | None
    organisation: OdsCode | None
    manager: CleanLine
    experience: CleanWords
    interest: NeededWords
    themes: tuple[Theme, ...]
    travel: Travel
    days: tuple[Day, ...]
    needs: WordsIfAny
    avoid: WordsIfAny

    @field_validator("timestamp", mode="before")
    @classmethod
    def _a_moment(cls, cell: Cell) -> datetime:
        return _found(DAY_FIRST.moment(cell), A_MOMENT)

    @field_validator("contact", mode="before")
    @classmethod
    def _a_channel(cls, cell: Cell) -> Channel | None:
        said = _line(cell)
        return _found(answers.channel(said), A_CHANNEL) if said else None

    @field_validator("email", mode="before")
    @classmethod
    def _an_address(cls, cell: Cell, info: ValidationInfo) -> str | None:
        known = answers.email(_line(cell))
        wished = info.data.get("contact") is Channel.EMAIL
        return _found(known, AN_ADDRESS) if wished else known

    @field_validator("telephone", mode="before")
    @classmethod
    def _a_number(cls, cell: Cell, info: ValidationInfo) -> str | None:
        known = answers.telephone(_line(cell))
        if info.data.get("contact") is Channel.PHONE:
            return _found(known, A_NUMBER)
        unreachable = info.data.get("email", "") is None
        return _found(known, REACHABLE) if unreachable else known

    @field_validator("town")
    @classmethod
    def _in_the_south(cls, town: str) -> str:
        _found(area_of(town), A_TOWN)
        return town

    @field_validator("side", mode="before")
    @classmethod
    def _one_side(cls, cell: Cell) -> Side:
        return _found(answers.side(_line(cell)), A_SIDE)

    @field_validator("description", mode="before")
    @classmethod
    def _who_leads(cls, cell: Cell, info: ValidationInfo) -> tuple[Background, Standing] | None:
        if info.data.get("side") is not Side.PATIENT_LEADER:
            return None
        said = _line(cell)
        background = _found(answers.background(said), A_BACKGROUND)
        return background, _found(answers.standing(said), A_STANDING)

    @field_validator("profession", mode="before")
    @classmethod
    def _a_profession(cls, cell: Cell, info: ValidationInfo) -> Profession | None:
        if info.data.get("side") is not Side.HEALTHCARE_LEADER:
            return None
        return _found(answers.profession(_line(cell)), A_PROFESSION)

    @field_validator("organisation", mode="before")
    @classmethod
    def _an_employer(cls, cell: Cell) -> str | None:
        return answers.employer(line(str(cell)))

    @field_validator("themes", mode="before")
    @classmethod
    def _some_themes(cls, cell: Cell) -> tuple[Theme, ...]:
        return answers.themes(str(cell)).known

    @field_validator("travel", mode="before")
    @classmethod
    def _a_distance(cls, cell: Cell) -> Travel:
        return answers.travel(str(cell))

    @field_validator("days", mode="before")
    @classmethod
    def _some_days(cls, cell: Cell) -> tuple[Day, ...]:
        return answers.days(str(cell)).known

    @property
    def area(self) -> Area:
        """Where they can lead."""
        return _found(area_of(self.town), A_TOWN)

    @property
    def channel(self) -> Channel:
        """How they wish to hear from us; without a wish, as we can reach them."""
        return self.contact or (Channel.EMAIL if self.email else Channel.PHONE)


def filled(cells: Mapping[str, Cell]) -> Filled | tuple[FieldProblem, ...]:
    """The form in these cells, by question, or what is wrong with which of them."""
    try:
        return Filled.model_validate(dict(cells))
    except ValidationError as error:
        return tuple(
            FieldProblem(field=str(where[0]), problem=problem)
            for where, _, problem in problems_of(error)
        )
