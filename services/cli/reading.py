"""Reading as somebody, through the worker `reader`: everywhere but in a data folder of one's own,
and there with `--as`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, TypeVar

import click
from pydantic import JsonValue

from services.cli.console import OF_STATUS, Installation, print_err, print_out, problems, run
from services.cli.leaving import wants_json
from services.cli.signing import Shows, shows
from services.engines.addresses import BusAddress
from services.reading.asking import ask_to_read
from services.reading.questions import MOST_ROWS, ReadingReply
from services.stream.connections import connection_of

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
    """How one reads as somebody; None for the owner of a data folder, if nobody is named."""
    if person is None and installation.is_at_home():
        return None
    return AsSomebody(installation.bus(), shows(installation, person))


def _answered(reply: ReadingReply) -> Rows:
    if reply.status != "answered":
        _refuse(reply)
    return reply.rows or []


def _refuse(reply: ReadingReply) -> NoReturn:
    if wants_json():
        print_out(reply.encoded().decode())
    print_err(*_words_for(reply))
    raise SystemExit(OF_STATUS[reply.status])


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
