"""`grant`: the first coordinator, and another one in an emergency."""

from pathlib import Path
from typing import Final

import click
from pydantic import ValidationError

from events.ids import PersonId
from services.cli.console import Installation, answer, data_option, json_option
from services.cli.leaving import INVALID, UNREACHABLE, fail, guarded
from services.clock import SystemClock
from services.door.wire import Reply
from services.identity.at_home import NamedPeople
from services.log.writer import Accepted, Refused
from services.operations.granting import WRITER, SignIn, make_coordinator
from services.process.station import Station

WRONG: Final = {
    "reason": "--break-glass: give the reason in 1 to 2,000 characters.",
    "issuer": "--issuer: give the code by which the settings name the provider.",
    "subject": "--subject: give what the provider calls them, in 1 to 255 plain characters.",
}
NOT_HERE: Final = (
    "This needs the database URLs of the worker `commands`: call it where that worker runs."
)


@click.command()
@click.argument("person", metavar="PERSON")
@click.option(
    "--break-glass",
    "reason",
    metavar="REASON",
    help="Though there is a coordinator: why. All coordinators are told.",
)
@click.option(
    "--issuer",
    metavar="CODE",
    help="Where they sign in, by its code: `identity status` tells it to who is signed in.",
)
@click.option("--subject", help="What they are called there; `identity status` tells that too.")
@json_option
@data_option
@guarded
def grant(  # noqa: PLR0917 - click hands options over by name
    person: str,
    reason: str | None,
    issuer: str | None,
    subject: str | None,
    as_json: bool,
    data: Path | None,
) -> None:
    """Make PERSON, who is registered, the first coordinator of the programme.

    All other roles are granted by coordinators: `leading-together do role.grant`. Where people sign
    in with a provider, --issuer and --subject say by which sign-in PERSON is known, so that they
    can come in; they tie all others (`do identity.tie`). On engines of your own you may act as this
    person from now on (`identity name`).

    Exit codes: 0 done, 1 refused, 2 not well-formed, 3 engines or keys unreachable.
    """
    try:
        person_id = PersonId.parse(person)
    except ValueError as error:
        fail(f"PERSON: {error}.", INVALID)
    if (issuer is None) != (subject is None):
        fail("--issuer and --subject belong together: give both, or neither.", INVALID)
    installation = Installation(data)
    engines = installation.engines()
    if WRITER not in engines.programme or WRITER not in engines.vault:
        fail(NOT_HERE, UNREACHABLE)
    station = Station(engines, SystemClock(), installation.settings)
    try:
        sign_in = SignIn(issuer, subject) if issuer and subject else None
        found = make_coordinator(station, person_id, reason, sign_in)
    except ValidationError as error:
        fail(WRONG.get(str(error.errors()[0]["loc"][0]), WRONG["subject"]), INVALID)
    if isinstance(found, Accepted):
        if engines.supervisor is not None:
            NamedPeople(installation.settings.data).add(person_id)
        answer(Reply(status="accepted", events=found.written), as_json=as_json)
    if isinstance(found, Refused):
        answer(Reply(status="refused", code=found.code, sentence=found.sentence), as_json=as_json)
    answer(Reply(status="failed", sentence=found.problem), as_json=as_json)
