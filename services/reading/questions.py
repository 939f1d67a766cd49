"""The form of a question on the wire."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from projections.catalogue import LISTS
from services.crew import QUERIES
from services.door.problems import problems_of
from services.door.replies import FieldProblem
from services.log.log import BEHIND_ALL
from services.reading.replies import ReadingReply
from services.reading.table import EVENTS, FIND, OPENINGS, SHARED, TABLE

KEY: Final = "key"
MAX_QUESTION: Final = 16 * 1024  # bytes
MOST_ROWS: Final = 500
MOST_KEYS: Final = 100
MOST_FIELDS: Final = 20
NUL: Final = "\0"  # no text in the database has it


def _without_nul(text: str) -> str:
    if NUL in text:
        raise ValueError("has the sign NUL, which is in no text")
    return text


Asked = Annotated[str, AfterValidator(_without_nul)]
Name = Annotated[Asked, Field(max_length=80)]
Text = Annotated[Asked, Field(max_length=200)]


class Query(BaseModel):
    """What somebody would like to read.

    `where` has the values that fields must have, as texts; `sort` a field, behind a minus for the
    last first; `after` what the answer before gave, or of events a position; `limit` how many rows
    at most. With `open` what they may have opened is. `position` is one of the log that the read
    model must have reached (so that whoever wrote something reads it), or its `head`: all that is
    recorded when the question comes. `words` are for finding people alone. Of rows that have one of
    these `keys` only; and of each only these `fields`, if any are named: then nothing else is
    opened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, strict=True)

    where: Annotated[dict[Name, Text], Field(max_length=10)] = Field(default_factory=dict)
    keys: Annotated[list[Name], Field(max_length=MOST_KEYS)] | None = None
    fields: Annotated[list[Name], Field(max_length=MOST_FIELDS)] = Field(default_factory=list)
    sort: Annotated[Asked, Field(max_length=81)] | None = None
    after: Annotated[Asked, Field(max_length=2000)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 100
    open: bool = False
    position: Annotated[int, Field(ge=0, lt=BEHIND_ALL)] | Literal["head"] | None = None
    words: Annotated[Asked, Field(min_length=1, max_length=200)] | None = None


class CantBeAsked(Exception):
    """What was sent is no question; `reply` says why."""

    def __init__(self, reply: ReadingReply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class NamedQuery(NamedTuple):
    """A query, and the name under which something is to be read."""

    name: str
    question: Query


def parse(subject: str, body: bytes) -> NamedQuery:
    """The question in a message; CantBeAsked if there is none."""
    name = subject.removeprefix(QUERIES)
    if name not in TABLE and name not in LISTS:
        raise CantBeAsked(ReadingReply(status="unknown"))
    if len(body) > MAX_QUESTION:
        raise CantBeAsked(_invalid([("", f"a question may have {MAX_QUESTION} bytes")]))
    try:
        question = Query.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise CantBeAsked(_invalid(list(_problems(error)))) from None
    if problem := _unfit(name, question):
        raise CantBeAsked(_invalid([problem]))
    return NamedQuery(name, question)


def _unfit(name: str, question: Query) -> tuple[str, str] | None:
    """The first of what can't be asked under this name, and why."""
    beside = name in (FIND, SHARED, OPENINGS, EVENTS)
    chosen = question.keys is not None or question.fields
    unfit = {
        ("words", "are for finding people, and needed for it"): (
            (name == FIND) is not (question.words is not None)
        ),
        ("where", "nothing can be chosen or sorted here"): (
            beside and bool(question.where or question.sort)
        ),
        ("keys", "neither keys nor fields can be named here"): (
            (beside or name in LISTS) and bool(chosen)
        ),
        ("fields", "must have those of `where` among them"): (
            bool(question.fields) and not {KEY, *question.fields}.issuperset(question.where)
        ),
        ("sort", "a list is in one order only"): name in LISTS and bool(question.sort),
        ("after", "there is one answer only"): name in (FIND, *LISTS) and bool(question.after),
    }
    return next((problem for problem, it_is in unfit.items() if it_is), None)


def _problems(error: ValidationError) -> Iterator[tuple[str, str]]:
    """The fields of ours that are wrong, and how: nothing that somebody chose is repeated."""
    for where, _, problem in problems_of(error):
        field = str(where[0]) if where else ""
        yield (field, problem) if field in Query.model_fields else ("", "has other fields")


def _invalid(problems: list[tuple[str, str]]) -> ReadingReply:
    fields = tuple(FieldProblem(field=field, problem=problem) for field, problem in problems)
    return ReadingReply(status="invalid", fields=fields)
