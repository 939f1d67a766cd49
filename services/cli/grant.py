"""`grant`: the first coordinator, and another one in an emergency."""

from pathlib import Path
from typing import Final

import click
from pydantic import ValidationError

from services.cli.console import Installation, answer, data_option, json_option
from services.cli.given import asked_for, words_in
from services.cli.leaving import INVALID, fail, guarded
from services.cli.whom import person_meant
from services.clock import SystemClock
from services.door.replies import Reply
from services.identity.at_home import NamedPeople
from services.log.wishes import Accepted, Refused
from services.operations.granting import SignIn, make_coordinator
from services.process.station import Station

WRONG: Final = {
    "reason": "--break-glass: give the reason in 1 to 2,000 characters.",
    "issuer": "--issuer: give the code by which the settings name the provider.",
    "subject": "--subject: give what the provider calls them, in 1 to 255 plain characters.",
}
IN_A_FILE: Final = (
    "--subject: give it in a file (@FILE) or on the input (-), or leave it out to be asked for it:"
    " everybody on this machine sees arguments."
)
ONE_INPUT: Final = "Only one of --break-glass and --subject can be on the input."


@click.command()
@click.argument("person", metavar="PERSON")
@click.option(
    "--break-glass",
    "reason",
    metavar="[REASON | @FILE | -]",
    help="Though there is a coordinator: why. Everybody who coordinates is told.",
)
@click.option(
    "--issuer",
    metavar="CODE",
    help="Where they sign in, by its code: `identity status` tells it to who is signed in.",
)
@click.option(
    "--subject",
    metavar="[@FILE | -]",
    help="What they are called there, in a file or on the input; without it, it is asked for."
    " `identity status` tells that too.",
)
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

    On engines of your own PERSON may be a name, an address or a number: everybody on this machine
    sees what is typed, so elsewhere it is their id.

    All other roles are granted by coordinators: `leading-together do role.grant`. Where people sign
    in with a provider, --issuer and --subject say by which sign-in PERSON is known, so that they
    can come in; they tie all others (`do identity.tie`). Both are recorded at once, or nothing. On
    engines of your own you may act as this person from now on (`identity name`).

    Once there is a coordinator, either needs --break-glass. A reason that speaks of people is best
    given in a file.

    Exit codes: 0 done, 1 refused, 2 not well-formed, 3 engines or keys unreachable.
    """
    if reason == subject == "-":
        fail(ONE_INPUT, INVALID)
    sign_in = _sign_in(issuer, subject)
    installation = Installation(data)
    person_id = person_meant(installation, person)
    engines = installation.engines()
    station = Station(engines, SystemClock(), installation.settings)
    try:
        found = make_coordinator(station, person_id, _reason(reason), sign_in)
    except ValidationError as error:
        fail(WRONG.get(str((*error.errors()[0]["loc"], "subject")[0]), WRONG["subject"]), INVALID)
    if isinstance(found, Accepted):
        if engines.are_ours:
            NamedPeople(installation.settings.data).add(person_id)
        answer(Reply(status="accepted", events=found.written), as_json=as_json)
    if isinstance(found, Refused):
        answer(Reply(status="refused", code=found.code, sentence=found.sentence), as_json=as_json)
    answer(Reply(status="failed", sentence=found.problem), as_json=as_json)


def _sign_in(issuer: str | None, subject: str | None) -> SignIn | None:
    if issuer is None:
        if subject is not None:
            fail("--subject needs --issuer: say where they sign in.", INVALID)
        return None
    if subject is None:
        return SignIn(issuer, asked_for("Subject"))
    found = words_in(subject)
    return fail(IN_A_FILE, INVALID) if found is None else SignIn(issuer, found.strip("\r\n"))


def _reason(given: str | None) -> str | None:
    found = words_in(given) if given else None
    return given if found is None else found.strip()
