"""Many commands of one kind: sent several at once, and reported row by row.

A row's command has an id that derives from what the row asks for. So whoever calls again, after
Ctrl-C or a fault, has nothing done twice, and what was refused is judged anew: a refusal is not
remembered. A row that stands twice in a file is asked for twice.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
from nats.aio.client import Client

from events.ids import CommandId, Id
from events.terms import BEGUN
from services.cli.fields import Data
from services.cli.finding import Finder, NotOne
from services.cli.ids import short_end
from services.cli.leaving import DONE, INVALID, REFUSED, UNREACHABLE
from services.cli.rows_given import FOR, AskedRow
from services.cli.searching import NamedThing
from services.cli.signing import Shows
from services.door.forms import Form
from services.door.patiently import NobodyTakes, ask_patiently, in_lines
from services.door.replies import NOT_IDENTIFIED, TO_BE_ASKED_AGAIN, FieldProblem, Reply
from services.door.requests import fields_of, kind_of_id
from services.patience import Progress
from services.reading.rows_read import CantLook

CANT_LOOK: Final = "The worker `reader` can't look for this: it may be of another version."
STAYS: Final = "What is in stays. Call it again for the rest: nothing is done twice."
STOPPED: Final = f"Stopped. {STAYS}"
EXIT_CODES: Final = (
    *dict.fromkeys(("failed", *sorted(TO_BE_ASKED_AGAIN)), UNREACHABLE).items(),
    ("invalid", INVALID),
    ("refused", REFUSED),
)
RANKS: Final = {kind.prefix: kind.rank for kind in Id.__subclasses__()}


class Line(NamedTuple):
    """What became of a row; `outcome` is the answer's status, or `already`."""

    row: int
    outcome: str
    reply: Reply
    found: tuple[NamedThing, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        told = self.reply.model_dump(mode="json", exclude_none=True)
        return {"row": self.row, "outcome": self.outcome, **told}

    def in_words(self) -> str:
        """For people."""
        reply = self.reply
        names = "; ".join(f"{one.called} ({short_end(one.id)})" for one in self.found)
        problems = "; ".join(f"{one.field}: {one.problem}" for one in reply.fields or ())
        code = f" ({reply.code})" if reply.code else ""
        why = f": {reply.sentence or problems}" if self.outcome not in GOOD else "."
        words = BEFORE if reply.repeated else WORDS[self.outcome]
        return f"Row {self.row}{f', {names},' if names else ''} {words}{code}{why}"


BEFORE: Final = "was done before"
GOOD: Final = ("accepted", "already")
WORDS: Final = {
    "accepted": "accepted",
    "already": "was so already",
    "refused": "refused",
    "invalid": "not well-formed",
    "busy": "not taken",
    "unanswered": "perhaps taken",
    "failed": "failed",
}


class Acting(NamedTuple):
    """In which way all rows are asked for: what a request says beside its data; `whose` is the
    field that says for whom, if it is another one in each row.
    """

    body: Mapping[str, Any]
    whose: str | None = None


class Many:
    """One run over many rows of one command."""

    def __init__(  # noqa: PLR0917 - each is one thing of the run
        self,
        client: Client,
        shows: Shows,
        name: str,
        acting: Acting,
        root: str,
        lines: dict[int, Line],
    ) -> None:
        """`root` is what the commands' ids derive from, beside what each row asks for; `lines`
        gets what became of each row, as it comes.
        """
        self._client, self._shows, self._name = client, shows, name
        self._acting, self._root = acting, root
        self._finder = Finder(client, shows)
        self.lines = lines

    async def run(self, rows: Sequence[AskedRow], progress: Progress) -> None:
        """Send all rows: those about one thing in their order. Nobody's taking ends it early."""
        ready = [one for one in await asyncio.gather(*map(self._found, rows)) if one is not None]
        sent = [*self._named(ready)]

        async def send(one: Sent) -> None:
            reply = await ask_patiently(self._client, self._name, self._body(one), self._shows)
            self._note(Line(one.row, outcome_of(reply), reply, one.found))
            progress(len(self.lines), len(rows))
            if _is_hopeless(reply):
                raise NobodyTakes

        try:
            await in_lines([*_about_one_thing(sent)], send)
        except NobodyTakes:
            self._give_up_the_rest(sent)

    def _give_up_the_rest(self, sent: Iterable["Sent"]) -> None:
        why = next(it for it in self.lines.values() if _is_hopeless(it.reply))
        outcome = "busy" if why.outcome in TO_BE_ASKED_AGAIN else why.outcome
        for one in sent:
            if one.row not in self.lines:
                self._note(why._replace(row=one.row, outcome=outcome, found=one.found))

    def _named(self, ready: Iterable["Sent"]) -> Iterator["Sent"]:
        """The same with their ids: a row that stands there twice is asked for twice."""
        asked = Counter[str]()
        for one in ready:
            said = {name: value for name, value in one.data.items() if name != FOR}
            content = json.dumps(said, sort_keys=True, ensure_ascii=False)
            asked[content] += 1
            parts = ("each", self._root, self._name, one.on, content, str(asked[content]))
            yield one._replace(command_id=CommandId.derived(BEGUN, *parts))

    def _note(self, line: Line) -> None:
        self.lines[line.row] = line

    def _body(self, one: "Sent") -> dict[str, Any]:
        data = dict(one.data)
        behalf = data.pop(FOR, None)
        body = {"id": one.command_id, **self._acting.body, "data": data}
        return body | ({"onbehalfof": behalf} if behalf else {})

    async def _found(self, row: AskedRow) -> "Sent | None":
        """What a row asks for, with ids; None if that can't be said, which is its line."""
        forms = fields_of(self._name)
        try:
            data, found = await self._finder.resolved(forms, row.said)
            data |= await for_whom(self._finder, forms, data, self._acting.whose)
        except (NotOne, CantLook) as problem:
            reply = told_of(problem)
            self._note(Line(row.number, reply.status, reply))
            return None
        return Sent(row.number, row.on, data, tuple(found))


class Sent(NamedTuple):
    """A row as it is sent, and under which id, once that is known."""

    row: int
    on: str
    data: Data
    found: tuple[NamedThing, ...]
    command_id: CommandId | None = None


async def for_whom(
    finder: Finder, forms: Mapping[str, Form], data: Data, whose: str | None
) -> dict[str, str]:
    """For whom a row is asked, as `for`: by what it says, or by whose the thing in a field is."""
    if said := data.get(FOR):
        return {FOR: (await finder.one("person", FOR, said)).id}
    if whose is None:
        return {}
    person = await finder.whose(kind_of_id(forms[whose]) or "", str(data.get(whose)))
    if person is None:
        raise NotOne(FOR, f"whose this is can't be told by {whose}: name them")
    return {FOR: person}


def told_of(problem: NotOne | CantLook) -> Reply:
    """The answer to what names no one thing, or can't be looked for, as the door forms it."""
    if isinstance(problem, NotOne):
        field = FieldProblem(field=f"data.{problem.field}", problem=problem.problem)
        return Reply(status="invalid", fields=(field,))
    refused = problem.reply.status == "refused" and not problem.reply.passes
    status = "refused" if refused else "busy"
    sentence = problem.reply.sentence or CANT_LOOK
    return Reply.model_validate(
        {"status": status, "code": problem.reply.code, "sentence": sentence}
    )


def _is_hopeless(reply: Reply) -> bool:
    """Whether there is no use in sending others: nobody takes them, or not from whoever asks."""
    return reply.status in TO_BE_ASKED_AGAIN or (reply.code or "").startswith(NOT_IDENTIFIED)


def outcome_of(reply: Reply) -> str:
    """What an answer means for a row."""
    if reply.status == "accepted":
        return "already" if reply.repeated or reply.events == () else "accepted"
    return "invalid" if reply.status == "unknown" else reply.status


def _about_one_thing(sent: Sequence[Sent]) -> Iterator[list[Sent]]:
    """Lines of rows that name the same thing: the one of which there are the fewest facts."""
    lines = dict[str, list[Sent]]()
    for one in sent:
        ids = [it for it in one.data.values() if isinstance(it, str) and _rank(it) is not None]
        thing = min(ids, key=lambda it: _rank(it) or 0, default=str(one.row))
        lines.setdefault(thing, []).append(one)
    yield from lines.values()


def _rank(text: str) -> int | None:
    return RANKS.get(text.partition("_")[0]) if "_" in text else None


@contextmanager
def shown_progress(label: str, many: int, *, quiet: bool = False) -> Iterator[Progress]:
    """A bar on a terminal; whoever reads answers in a file or as JSON sees none."""
    hidden = quiet or not sys.stderr.isatty()
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        click.progressbar(
            length=max(many, 1), label=label, width=20, file=nowhere if hidden else sys.stderr
        ) as bar,
    ):
        yield lambda done, _: bar.update(done - bar.pos)


def report(lines: Mapping[int, Line]) -> Iterator[str]:
    """What became of each row, and of all."""
    for row in sorted(lines):
        yield lines[row].in_words()
    yield f"{len(lines)} rows: {totals_in_words(lines)}."


def totals(lines: Mapping[int, Line]) -> dict[str, int]:
    """How many rows came out in which way."""
    found = Counter(one.outcome for one in lines.values())
    return {outcome: found[outcome] for outcome in WORDS if found[outcome]}


def totals_in_words(lines: Mapping[int, Line]) -> str:
    """The same for people."""
    found = (f"{many} {WORDS[it].removeprefix('was ')}" for it, many in totals(lines).items())
    return ", ".join(found) or "none"


def exit_code(lines: Mapping[int, Line]) -> int:
    """The worst that became of any."""
    found = totals(lines)
    return next((code for outcome, code in EXIT_CODES if outcome in found), DONE)
