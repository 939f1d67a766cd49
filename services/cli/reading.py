"""Reading as somebody: what the command line may read where it knows of no database, or `--as`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

import click
from pydantic import JsonValue

from events.ids import PersonId
from services.cli.console import Installation, run
from services.cli.identity import current_sign_in
from services.cli.leaving import INVALID, REFUSED, UNREACHABLE, fail
from services.engines.addresses import BusAddress, find_bus, only_the_bus
from services.identity.configuration import identity_file
from services.reading.asking import ask_to_read
from services.reading.questions import MOST_ROWS, ReadingReply
from services.settings import secret
from services.stream.connections import connection_of

TOKEN: Final = "LT_TOKEN"  # noqa: S105 - the name of a setting
NO_OWN: Final = (
    "The keys of our own issuer are not here, so nobody can be named with --as: sign in with"
    " `leading-together identity sign-in`, or name a token with LT_TOKEN_FILE."
)
NOBODY: Final = (
    "It is not known who you are: sign in with `leading-together identity sign-in`, name a token"
    " with LT_TOKEN_FILE, or a person with --as where the data folder is yours."
)
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
    token: Callable[[], str]

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
    bus = find_bus("client", installation.data)
    if person is not None:
        return AsSomebody(bus, _own(installation, person))
    return AsSomebody(bus, lambda: _shown(installation))


def _own(installation: Installation, person: str) -> Callable[[], str]:
    """Tokens of our own issuer for somebody, where its keys are to be had."""
    if not PersonId.pattern.fullmatch(person):
        fail("--as wants the id of a person: person_ and 26 letters or digits.", INVALID)
    issuer = identity_file(installation.settings).own_issuer()
    if issuer is None:
        fail(NO_OWN, REFUSED)
    issuer.begin(datetime.now(UTC))
    return lambda: issuer.token(person, datetime.now(UTC))


def _shown(installation: Installation) -> str:
    """The token that a setting names, else that of who is signed in."""
    if given := secret(TOKEN):
        return given
    found = current_sign_in(identity_file(installation.settings))
    if found is None:
        fail(NOBODY, REFUSED)
    return found.access


def _answered(reply: ReadingReply) -> Rows:
    if reply.status != "answered":
        _refuse(reply)
    return reply.rows or []


def _refuse(reply: ReadingReply) -> NoReturn:
    said = reply.sentence or f"The question is not well-formed ({reply.status})."
    code = f"Refused ({reply.code}): " if reply.code else ""
    fail(f"{code}{said}", CODES.get(reply.status, UNREACHABLE))
