"""Reading as somebody: what the command line may read where it knows of no database, or `--as`."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

import click
from pydantic import JsonValue

from services.cli.console import Installation, run
from services.cli.leaving import INVALID, REFUSED, UNREACHABLE, fail
from services.cli.signing import Shows, shows
from services.engines.addresses import BusAddress, find_bus, only_the_bus
from services.reading.asking import ask_to_read
from services.reading.questions import MOST_ROWS, ReadingReply
from services.stream.connections import connection_of

CODES: Final = {"refused": REFUSED, "invalid": INVALID, "unknown": INVALID}
Rows = list[dict[str, JsonValue]]
F = TypeVar("F", bound=Callable[..., Any])


def as_option(command: F) -> F:
    """`--as PERSON`, on what may be read as somebody."""
    return click.option(
        "--as",
        "person",
        metavar="PERSON",
        help="Read as this person may, through the worker `reader`.",
    )(command)


class AsSomebody(NamedTuple):
    """Where questions are asked, and the token that is shown with each."""

    bus: BusAddress
    token: Shows

    def rows(self, name: str, question: dict[str, Any], limit: int) -> Rows:
        """All rows up to so many, opened as far as they may be; leaves if that can't be had."""
        return run(self._rows(name, question, limit))

    async def _rows(self, name: str, question: dict[str, Any], limit: int) -> Rows:
        found, after = Rows(), None
        async with connection_of("client", self.bus) as client:
            while len(found) < limit:
                many = min(MOST_ROWS, limit - len(found))
                asked = {**question, "open": True, "limit": many, "after": after}
                reply = await ask_to_read(client, name, asked, self.token())
                found += _answered(reply)
                after = reply.after
                if after is None:
                    break
        return found


def as_somebody(installation: Installation, person: str | None) -> AsSomebody | None:
    """How one reads as somebody; None where the databases are at hand, and nobody is named."""
    if person is None and not only_the_bus():
        return None
    at_home = not only_the_bus() and installation.engines().supervisor is not None
    return AsSomebody(
        find_bus("client", installation.data), shows(installation, person, at_home=at_home)
    )


def _answered(reply: ReadingReply) -> Rows:
    if reply.status != "answered":
        _refuse(reply)
    return reply.rows or []


def _refuse(reply: ReadingReply) -> NoReturn:
    said = reply.sentence or f"The question is not well-formed ({reply.status})."
    code = f"Refused ({reply.code}): " if reply.code else ""
    fail(f"{code}{said}", CODES.get(reply.status, UNREACHABLE))
