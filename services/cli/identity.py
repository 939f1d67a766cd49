"""`identity`: whether a token would be accepted, the keys of our own issuer, and signing in."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from domain.people.person import UnknownPerson
from services.cli.console import (
    Installation,
    data_option,
    json_option,
    print_err,
    print_json,
    print_out,
)
from services.cli.leaving import INVALID, REFUSED, UNREACHABLE, fail, guarded, wants_json
from services.cli.signed_in import NO_OWN, current_sign_in, provider_of, session_here
from services.cli.signing import shows
from services.cli.whom import person_meant
from services.clock import SystemClock
from services.engines.addresses import EnginesUnavailable
from services.engines.connecting import connect
from services.files import UntrustedFile
from services.identity.at_home import NamedPeople
from services.identity.claims import Shown
from services.identity.configuration import IdentityFile, OfProvider, identity_file
from services.identity.own import OwnIssuer
from services.identity.refusals import KeysUnavailable, NotIdentified
from services.identity.session import SignedIn, UnreadableSignIn, tells
from services.identity.signing_in import CantSignIn, Provided
from services.identity.unproven import LONGEST, is_short, read_token
from services.log.log import registered

CLOCK: Final = SystemClock()
NOBODY: Final = "Nobody is signed in: `leading-together identity sign-in`."
NOT_AT_HOME: Final = (
    "People are named on engines of your own alone. Here everybody signs in:"
    " `leading-together identity sign-in`."
)
NOBODY_COORDINATES: Final = (
    "Nobody is named here yet, and the first whom you name is whoever coordinates:"
    " `leading-together grant PERSON` makes a coordinator, and names them."
)


@click.group()
def identity() -> None:
    """See who a token speaks of, turn the keys of our own issuer, sign in and out, name people.

    Exit codes: 0 done, 1 refused or nobody is signed in, 2 a wrong call or file, 3 the provider
    or its keys can't be reached.
    """


@identity.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), default="-")
@json_option
@data_option
@guarded
def check(file: str, as_json: bool, data: Path | None) -> None:
    """Say whether the token in FILE would be accepted, from whom it is and until when.

    Without FILE the token is read from the input. It is never printed, nor who it speaks of.

    Exit codes: 0 it would be, 1 it would not, 2 a wrong call or file, 3 the keys can't be had.
    """
    token = _token(file)
    with _explained():
        shown = _configured(data).identities(CLOCK).verify(token, CLOCK.now())
    if as_json:
        print_json({"accepted": True, **_told(shown)})
    else:
        print_out(f"Accepted from {shown.issuer} until {_time(shown.until)}.")
        print_out(f"It is credential {shown.credential}.")


@identity.command("token")
@click.option(
    "--as", "person", metavar="PERSON", help="Of this person, whom you named, on engines of yours."
)
@json_option
@data_option
@guarded
def show_token(person: str | None, as_json: bool, data: Path | None) -> None:
    """Print the token that the command line shows, for a program that asks over HTTP.

    Whoever has it may do what you may, until it expires within minutes (`until` in --json): hand it
    on, as in TOKEN=$(leading-together identity token), and ask for another before its end.

    Exit codes: 0 done, 1 nobody is signed in or named, 2 a wrong call or file, 3 no answer.
    """
    with _explained():
        token = _shown(Installation(data), person)
        until = datetime.fromtimestamp(read_token(token).claims["exp"], UTC)
    if as_json:
        print_json({"token": token, "until": until.isoformat()})
    else:
        print_out(token)


def _shown(installation: Installation, person: str | None) -> str:
    """Also where no engine is to be had: whoever asks over HTTP needs none."""
    try:
        return shows(installation, person)()
    except EnginesUnavailable:
        found = None if person else current_sign_in(identity_file(installation.settings))
        if found is None:
            raise
        return found.access


@identity.command("name")
@click.argument("person", metavar="PERSON")
@json_option
@data_option
@guarded
def name_person(person: str, as_json: bool, data: Path | None) -> None:
    """Let the command line act as PERSON, who is registered, on engines of your own.

    PERSON is their id, or a name by which they are found. `--as PERSON` chooses one of those whom
    you named; without it, it is the first, who coordinates: `grant` names them, and nobody is named
    before. Exit codes: 0 done, 1 refused, 2 a wrong call.
    """
    installation = Installation(data)
    if not installation.is_at_home():
        fail(NOT_AT_HOME, REFUSED)
    person_id = person_meant(installation, person)
    with connect(installation.engines().programme["home"]) as connection:
        if not registered(connection, [person_id]):
            fail(UnknownPerson().sentence, REFUSED)
    named = NamedPeople(installation.settings.data)
    if not named.read():
        fail(NOBODY_COORDINATES, REFUSED)
    named.add(person_id)
    if as_json:
        print_json({"named": person_id})
    else:
        print_out(f"The command line may act as {person_id} here: --as {person_id}.")


@identity.group()
def keys() -> None:
    """The keys of our own issuer.

    Exit codes: 0 done, 1 no tokens are issued here, 2 a wrong call or file, or no keys.
    """


@keys.command("list")
@json_option
@data_option
@guarded
def list_keys(as_json: bool, data: Path | None) -> None:
    """List the keys that are accepted: which signs, and until when the others are accepted.

    Exit codes: 0 done, 1 no tokens are issued here, 2 a wrong call or file, or no keys.
    """
    with _explained():
        found = _own(data).own_keys()
    for one in found:
        until = one.until and one.until.isoformat()
        if as_json:
            since = one.since.isoformat()
            print_json({"key": one.id, "signs": until is None, "since": since, "until": until})
        else:
            does = f"accepted until {_time(one.until)}" if one.until else "signs"
            print_out(f"{one.id}  {does}, since {_time(one.since)}")


@keys.command("rotate")
@click.option("--at-once", is_flag=True, help="Refuse at once what those before have signed.")
@json_option
@data_option
@guarded
def rotate_keys(at_once: bool, as_json: bool, data: Path | None) -> None:
    """Sign with a new key from now on.

    What was signed before goes on being accepted until it expires, within little more than an
    hour. With --at-once it is refused: do that if a key was stolen.

    Exit codes: 0 done, 1 the keys are not here, 2 a wrong call or file.
    """
    with _explained():
        new = _own(data).rotate(CLOCK.now(), at_once=at_once)
    if as_json:
        print_json({"key": new.id})
    else:
        before = "is refused" if at_once else "is accepted until it expires"
        print_out(f"{new.id} signs from now on; what was signed before {before}.")


@identity.command()
@click.option("--issuer", help="With which provider, where LT_IDENTITY_FILE names several.")
@json_option
@data_option
@guarded
def sign_in(issuer: str | None, as_json: bool, data: Path | None) -> None:
    """Sign in with a provider: an address and a code are shown, to be opened in any browser.

    What it gives is kept in your configuration folder, where nobody else may read it, and renewed
    when it is used. Exit codes: 0 done, 1 refused, 2 a wrong call or file, 3 no answer.
    """
    with _explained():
        configured = _configured(data)
        provider = provider_of(configured, issuer)
        provided = Provided(provider)
        invited = provided.invitation()
        print_err(f"Open {invited.address} and sign in with the code {invited.code}.")
        granted = provided.granted(invited)
        shown = _accepted(configured, provider, granted.access)
        kept = SignedIn(provider.issuer, granted.access, granted.refresh, shown.until)
        session_here().keep(kept)
    if as_json:
        print_json(tells(kept))
    else:
        print_out(f"Signed in with {kept.issuer}, until {_time(kept.until)}{_renewed(kept)}.")


@identity.command()
@json_option
@data_option
@guarded
def sign_out(as_json: bool, data: Path | None) -> None:
    """Sign out: the provider is told, and what was kept is removed, whether it answers or not.

    Exit codes: 0 done (also if nobody was signed in), 2 a wrong call or file.
    """
    session, told = session_here(), False
    with _explained():
        try:
            found = session.read()
        finally:
            session.forget()
        if found and found.refresh:
            told = _revoked(_configured(data), found.issuer, found.refresh)
    if as_json:
        print_json({"signed_out": found is not None, "provider_told": told})
    elif found is None:
        print_out("Nobody was signed in.")
    else:
        rest = "" if told else " The provider was not told: end the sign-in there too."
        print_out(f"Signed out.{rest}")


@identity.command("status")
@json_option
@data_option
@guarded
def signed_in(as_json: bool, data: Path | None) -> None:
    """Say with which provider you are signed in, and until when; renew it if it is about to end.

    And what a coordinator must know to tie the sign-in to you (`do identity.tie`): the provider's
    code, and what it calls you.

    Exit codes: 0 signed in, 1 nobody is, 2 a wrong call or file, 3 the provider does not answer.
    """
    with _explained():
        configured = _configured(data)
        found = current_sign_in(configured)
    if found is None:
        fail(NOBODY, REFUSED)
    mine = _to_be_tied(configured, found)
    if as_json:
        print_json({**tells(found), **mine})
        return
    print_out(f"Signed in with {found.issuer}, until {_time(found.until)}{_renewed(found)}.")
    if mine:
        print_out(
            "If nobody knows you here by it yet, tell a coordinator these two:",
            f"  issuer: {mine['code']}",
            f"  subject: {mine['subject']}",
        )


def _to_be_tied(configured: IdentityFile, found: SignedIn) -> dict[str, str]:
    """What the provider of a sign-in is called here, and the user there; for their own eyes."""
    codes = {one.issuer: one.code for one in configured.providers}
    with suppress(NotIdentified):
        subject = read_token(found.access).claims.get("sub")
        if found.issuer in codes and is_short(subject):
            return {"code": codes[found.issuer], "subject": str(subject)}
    return {}


def _token(file: str) -> str:
    try:
        with click.open_file(file, "rb") as opened:
            found: bytes = opened.read(LONGEST + 2)
            return found.decode("ascii", "replace").strip()
    except OSError as error:
        fail(f"{file} can't be read ({error.strerror}).", INVALID)


def _configured(data: Path | None) -> IdentityFile:
    return identity_file(Installation(data).settings)


def _own(data: Path | None) -> OwnIssuer:
    found = _configured(data).own_issuer()
    if found is None:
        fail(NO_OWN, REFUSED)
    return found


def _revoked(configured: IdentityFile, issuer: str, refresh: str) -> bool:
    known = [one for one in configured.providers if one.issuer == issuer and one.client_id]
    return any(Provided(one).revoke(refresh) for one in known)


def _accepted(configured: IdentityFile, provider: OfProvider, token: str) -> Shown:
    """What a provider gave must be what is accepted here, and of that provider."""
    shown = configured.identities(CLOCK).verify(token, CLOCK.now())
    if shown.issuer != provider.issuer:
        fail("The provider gave a token of another issuer; nothing was kept.", REFUSED)
    return shown


@contextmanager
def _explained() -> Iterator[None]:
    """What goes wrong in a line with the exit code for it; a refusal also as JSON, if wanted."""
    try:
        yield
    except NotIdentified as refusal:
        code = UNREACHABLE if isinstance(refusal, KeysUnavailable) else REFUSED
        if wants_json():
            told = {"accepted": False, "code": refusal.code, "sentence": refusal.sentence}
            print_json(told)
        print_err(f"Refused ({refusal.code}): {refusal.sentence}")
        sys.exit(code)
    except (UnreadableSignIn, UntrustedFile) as error:
        fail(str(error), REFUSED)
    except CantSignIn as error:
        fail(str(error), UNREACHABLE)


def _told(shown: Shown) -> dict[str, Any]:
    return {
        "issuer": shown.issuer,
        "until": shown.until.isoformat(),
        "issued": shown.issued and shown.issued.isoformat(),
        "credential": shown.credential,
        "level": shown.level,
        "methods": shown.methods,
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%d %B %Y %H:%M:%S UTC").lstrip("0")


def _renewed(kept: SignedIn) -> str:
    return "; it is renewed when it is used" if kept.refresh else ""
