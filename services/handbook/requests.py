"""The form of all that may be asked for at the door, and of its answers, read from the code.

One document, from which other forms of the same are made: the command line reads it, so that it
need not build a model of each command to ask for one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from domain.catalogue import COMMANDS, IN_CONFIDENCE
from domain.decision import Command
from events.event import Event
from events.schemas import DIALECT
from projections.catalogue import LISTS
from services.crew import QUERIES
from services.door.asking import subject_of
from services.door.forms import Form
from services.door.replies import Reply
from services.door.wire import Request
from services.handbook.code import classes_in
from services.handbook.commands import only_if_asked, refusals_of
from services.handbook.markdown import first_of, said
from services.reading.cells import OPENED
from services.reading.questions import Query
from services.reading.replies import ReadingReply
from services.reading.table import TABLE

TITLE: Final = "What may be asked for, and the answers"
DESCRIPTION: Final = (
    "Each command is a request (#/$defs/Request) on its subject, whose `data` is as the command"
    " says; its answer is #/$defs/Reply. Each query is a question (#/$defs/Query), and its answer"
    " #/$defs/ReadingReply. `needed` says when a field that may be left out is needed."
)
ENVELOPES: Final[tuple[type[BaseModel], ...]] = (Request, Reply, Query, ReadingReply)


def document() -> dict[str, Any]:
    """All forms: a JSON Schema (2020-12) with what it defines, and beside that, by their names,
    `commands` and `queries`. ValueError if two different things have one name.
    """
    shared = dict[str, Form]()
    commands = {
        kind.name: _command(kind, shared) for kind in (*COMMANDS.values(), *IN_CONFIDENCE.values())
    }
    for kind in ENVELOPES:
        _share({kind.__name__: _schema(kind, shared)}, shared)
    return {
        "$schema": DIALECT,
        "title": TITLE,
        "description": DESCRIPTION,
        "commands": commands,
        "queries": dict(_queries()),
        "$defs": dict(sorted(shared.items())),
    }


def text() -> str:
    """The document as it is kept."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _command(kind: type[Command], shared: dict[str, Form]) -> dict[str, Any]:
    return {
        "subject": subject_of(kind.name),
        "says": said(kind),
        "roles": sorted(role.value for role in kind.roles),
        "only_if_asked": only_if_asked(kind),
        "facts": [fact.name for fact in classes_in(kind, Event)],
        "refusals": [one.code for one in refusals_of(kind)],
        "data": _schema(kind, shared),
    }


def _queries() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What each tells, by which fields the database chooses, and which may be opened, if any; of
    read models that are shown as they are stored which fields stand there in the clear; of lists of
    what they are made.
    """
    for name, one in TABLE.items():
        cells = [cell for some in one.cells.values() for cell in some.items()]
        opened = dict.fromkeys(field for field, cell in cells if cell.sight == OPENED)
        more: dict[str, Any] = {"chosen_by": [*one.chosen_by], "opened": [*opened]}
        if (model := one.projection) and (model.told or model.unseen) is None:
            more["in_the_clear"] = [*filter(model.stands_open, model.row.model_fields)]
        yield name, {**_query(name, one.question, one.fields), **more}
    for name, made in LISTS.items():
        yield name, {**_query(name, made.question, made.fields), "of": [*made.of]}


def _query(name: str, question: str, fields: Iterable[str]) -> dict[str, Any]:
    return {"subject": f"{QUERIES}{name}", "says": question, "fields": [*fields]}


def _schema(kind: type[BaseModel], shared: dict[str, Form]) -> Form:
    """The schema of a model; what it defines is shared by all."""
    schema = kind.model_json_schema()
    _share(schema.pop("$defs", {}), shared)
    return {**schema, "description": first_of(kind)}


def _share(parts: Mapping[str, Form], shared: dict[str, Form]) -> None:
    for name, form in parts.items():
        if shared.setdefault(name, form) != form:
            raise ValueError(f"two things are called {name}: give one of them another name")
