"""Reading as somebody, through the worker `reader`: everywhere but in a data folder of one's own,
and there with `--as`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

import click
from pydantic import JsonValue

from services.cli.console import OF_STATUS, Installation, print_err, print_out, problems, run
from services.cli.leaving import UNREACHABLE, wants_json
from services.cli.naming import NamedBy
from services.door.requests import queries
from services.engines.addresses import BusAddress
from services.reading.asking import FIND, KEY, MOST_KEYS, MOST_ROWS, NEWEST, ask_to_read
from services.reading.replies import NOT_THERE_YET, ReadingReply
from services.stream.connections import connection_of

Rows = list[dict[str, JsonValue]]
Question = Mapping[str, Any]
NO_NAMES: Final = (
    "What people and things are called can't be looked up just now: is the worker `reader` of this"
    " version, and not too busy?"
)
LATE: Final = (
    "What was recorded last is missing here: it is not to be read yet. Look again in a moment."
)
CUT: Final = "There are more than can be told at once: say which with --where."
MOST_FOLLOWED: Final = 10_000  # rows of which it is looked whether they have changed
F = TypeVar("F", bound=Callable[..., Any])


def as_option(command: F) -> F:
    """`--as PERSON`, on what may be read as somebody."""
    return click.option(
        "--as",
        "person",
        metavar="PERSON",
        help="Read as this person may, through the worker `reader`.",
    )(command)


class Answer(NamedTuple):
    """Rows, and whether there are more that can't be had so."""

    rows: Rows
    cut: bool


class AsSomebody(NamedTuple):
    """Where questions are asked, and the token that is shown with each."""

    bus: BusAddress
    token: Callable[[], str]

    def rows(self, name: str, question: Question, limit: int, *, late_too: bool = False) -> Rows:
        """All rows up to so many, opened as far as they may be unless the question says otherwise,
        with all that was recorded by now; leaves if that can't be had.
        """
        found = self.by_now(name, question, limit, late_too=late_too)
        if found.cut:
            print_err(CUT)
        return found.rows

    def by_now(self, name: str, question: Question, limit: int, *, late_too: bool = True) -> Answer:
        """The same. If it is `late_too`, what is not to be read yet is missing, and that is
        said.
        """
        return run(self.asked(name, [{**NEWEST, **question}], limit, late_too=late_too))

    def answer(self, name: str, questions: Iterable[Question], limit: int) -> Answer:
        """All rows that answer any of these questions, up to so many for each; as `rows`."""
        return run(self.asked(name, questions, limit))

    async def asked(
        self,
        name: str,
        questions: Iterable[Question],
        limit: int,
        told: Callable[[ReadingReply], Rows] | None = None,
        *,
        late_too: bool = False,
    ) -> Answer:
        """The same; `told` makes rows of an answer, if whoever gets none does not leave."""
        found, cut, told = Rows(), False, told or _answered
        async with connection_of("client", self.bus) as client:
            for question in questions:
                left, asked = limit, {"open": True, **question}
                while left > 0:
                    asked["limit"] = min(MOST_ROWS, left)
                    reply = await ask_to_read(client, name, asked, self.token())
                    waited = asked.pop("position", None)
                    if reply.code == NOT_THERE_YET and waited and late_too:
                        print_err(LATE)
                        continue
                    rows = told(reply)
                    found += rows
                    left, cut = left - len(rows), cut or bool(reply.cut)
                    if reply.after is None:
                        break
                    asked["after"] = reply.after
        return Answer(found, cut)


class ToldNames:
    """What somebody may read of names: whoever may not is told none, and none is missed."""

    def __init__(self, somebody: AsSomebody) -> None:
        self._somebody, self._said = somebody, False

    def some(self, model: str, keys: Collection[str], by: NamedBy) -> Rows:
        """The rows of these keys: nothing of them is opened but these fields."""
        asked = {"fields": list(by.fields), "open": by.sealed}
        rounds = [*keys]
        return self._ask(
            model,
            [
                {**asked, "keys": rounds[first : first + MOST_KEYS]}
                for first in range(0, len(rounds), MOST_KEYS)
            ],
        )

    def plain(self, model: str, field: str) -> Rows:
        """All rows, as far as a field of them stands open."""
        fields = {} if field == KEY or "of" in queries()[model] else {"fields": [field]}
        return self._ask(model, [{**NEWEST, **fields, "open": False}])

    def people(self, words: str) -> list[str]:
        """The ids of people who are found by words."""
        return [str(row[KEY]) for row in self._ask(FIND, [{**NEWEST, "words": words}])]

    def _ask(self, model: str, questions: Iterable[Question]) -> Rows:
        asking = self._somebody.asked(model, questions, MOST_FOLLOWED, self._told, late_too=True)
        return run(asking).rows

    def _told(self, reply: ReadingReply) -> Rows:
        if reply.status not in ("answered", "refused") and not self._said:
            self._said = True
            print_err(NO_NAMES)
        return reply.rows or []


class Follows:
    """What somebody may read, asked for again and again. What is opened stays on the trail for
    ever, so only rows that have changed are opened again: as far as that shows in what is not
    sealed.
    """

    def __init__(
        self, somebody: AsSomebody, name: str, where: Mapping[str, str], limit: int
    ) -> None:
        self._somebody, self._name, self._where, self._limit = somebody, name, where, limit
        readable = queries()[name]
        chosen_by = {KEY, *readable["chosen_by"]}
        self._plain = {one: value for one, value in where.items() if one in chosen_by}
        self._opens = bool(readable["opened"])
        self._shut: dict[str, Any] | None = None

    def __call__(self) -> Rows:
        """All rows at first, then those that are new or have changed."""
        limit = self._limit if self._plain == self._where else MOST_FOLLOWED
        asked = {"where": self._plain, "open": False}
        shut = self._somebody.answer(self._name, [asked], limit).rows
        before, self._shut = self._shut, {str(row["key"]): row for row in shut}
        if not self._opens:
            return shut
        if before is None:
            every = [{"where": self._where}]
            return self._somebody.answer(self._name, every, self._limit).rows
        changed = [key for key, row in self._shut.items() if before.get(key) != row]
        questions = [{"where": {**self._where, "key": key}} for key in changed]
        return self._somebody.answer(self._name, questions, 1).rows if questions else []


def as_somebody(installation: Installation, person: str | None) -> AsSomebody | None:
    """How one reads as somebody; None for the owner of a data folder, if nobody is named."""
    if person is None and installation.is_at_home():
        return None
    from services.cli.signing import shows  # noqa: PLC0415 - the owner of a folder shows nothing

    return AsSomebody(installation.bus(), shows(installation, person))


def _answered(reply: ReadingReply) -> Rows:
    if reply.status != "answered":
        _refuse(reply)
    return reply.rows or []


def _refuse(reply: ReadingReply) -> NoReturn:
    if wants_json():
        print_out(reply.encoded().decode())
    print_err(*_words_for(reply))
    raise SystemExit(UNREACHABLE if reply.passes else OF_STATUS[reply.status])


def _words_for(reply: ReadingReply) -> list[str]:
    match reply.status:
        case "refused":
            return [f"Refused ({reply.code}): {reply.sentence}"]
        case "invalid":
            return ["The question is not well-formed.", *problems(reply.fields)]
        case "unknown":
            return ["Nothing is read under this name: the worker `reader` is of another version."]
        case _:
            return [reply.sentence or reply.status]
