"""Which thing a call names whose id it needs first, and what is shown if that is not one."""

from collections.abc import Collection
from typing import NoReturn

from services.cli.console import answer, print_err, print_table, run
from services.cli.finding import NOTHING, Finder, NotOne
from services.cli.ids import ends_of
from services.cli.leaving import INVALID, fail, wants_json
from services.cli.many import told_of
from services.cli.searching import NamedThing
from services.cli.signing import Shows
from services.engines.addresses import BusAddress
from services.reading.rows_read import CantLook
from services.stream.connections import connection_of


def meant(bus: BusAddress, token: Shows, kind: str, field: str, said: str) -> str:
    """The id of what is meant. It ends the call if that is nothing, or more than one, which are
    shown, or if it can't be looked for.
    """
    try:
        return meant_if_seen(bus, token, kind, field, said)
    except CantLook as problem:
        not_one(problem)


def meant_if_seen(bus: BusAddress, token: Shows, kind: str, field: str, said: str) -> str:
    """The same for whoever goes on without it. Raises CantLook."""

    async def find() -> NamedThing:
        if not said.strip():
            raise NotOne(field, NOTHING)
        async with connection_of("client", bus) as client:
            return await Finder(client, token).one(kind, field, said)

    try:
        found = run(find())
    except NotOne as problem:
        not_one(problem)
    if found.called and not wants_json():
        print_err(f"{found.called} ({found.id})")
    return found.id


def not_one(problem: NotOne | CantLook, *, of_command: bool = False) -> NoReturn:
    """Show what was found, if that is more than one, and leave with why it can't go on so; of a
    command that was not sent with what the door would say.
    """
    if isinstance(problem, NotOne) and not wants_json():
        show_found(problem.found)
        if not of_command:
            fail(f"{problem.field}: {problem.problem}.", INVALID)
    answer(told_of(problem), as_json=wants_json())


def show_found(found: Collection[NamedThing]) -> None:
    """Several that may be meant, each with the end of its id, by which it can be named."""
    if found:
        ends = ends_of(one.id for one in found)
        rows = [(end, one.called) for end, one in zip(ends, found, strict=True)]
        print_table("", ["id", "what it is"], rows)
