"""Which token a call of the command line shows.

At home, in a data folder of one's own, it signs for whom the folder's owner has named. Elsewhere it
shows the token of who is signed in, or one from a file.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

from domain.decision import Refusal
from events.ids import PersonId
from services.cli.console import Installation, answer, run
from services.cli.finding import Finder
from services.cli.ids import piece_in
from services.cli.leaving import INVALID, REFUSED, UNREACHABLE, fail, wants_json
from services.cli.signed_in import NO_OWN, current_sign_in
from services.door.replies import Reply
from services.files import UntrustedFile, followed, read_own
from services.identity.at_home import NOBODY_YET, HomeClock, NamedPeople, OwnTokens
from services.identity.configuration import identity_file
from services.identity.refusals import KeysUnavailable, NothingShown, NotIdentified
from services.identity.session import UnreadableSignIn
from services.identity.signing_in import CantSignIn
from services.reading.rows_read import CantLook
from services.stream.connections import connection_of

Shows = Callable[[], str]
"""Gives the token to show now; it ends the call with a line if there is none."""
MOMENT: Final = 10.0  # seconds
NOT_NAMED: Final = (
    "{person} is not named here: `leading-together identity name {person}` lets this folder sign"
    " for them."
)
NONE_NAMED: Final = (
    "--as: nobody of those whom you named here is called so, or has an id that ends so."
    " `leading-together identity name PERSON` names somebody."
)
SEVERAL_NAMED: Final = "--as: several of those whom you named here are called so: say more."
NOBODY_NAMED: Final = (
    "Nobody is named here yet: `leading-together grant {person}` makes them coordinator, if they"
    " are to be the first, and lets this folder sign for them."
)
ELSEWHERE: Final = (
    "--as is for engines of your own alone. Here you are who is signed in:"
    " `leading-together identity sign-in`."
)
SIGN_IN: Final = (
    "Call `leading-together identity sign-in`, or name a file with a token in LT_TOKEN_FILE."
)


def shows(installation: Installation, by: str | None = None) -> Shows:
    """The tokens of a call; `by` is the id of the person whom it names. At home are engines of our
    own, whose folder has an issuer.
    """
    if installation.is_at_home():
        return _at_home(installation, by)
    if by is not None:
        fail(ELSEWHERE, INVALID)
    return _kept(lambda: _token(installation))


def _kept(found: Shows) -> Shows:
    """The same for a moment: an import asks for it with every row."""
    until, token = 0.0, ""

    def show() -> str:
        nonlocal until, token
        if time.monotonic() >= until:
            token, until = found(), time.monotonic() + MOMENT
        return token

    return show


def _at_home(installation: Installation, by: str | None) -> Shows:
    settings = installation.settings
    issuer, named = identity_file(settings).own_issuer(), NamedPeople(settings.data).read()
    if issuer is None:
        fail(NO_OWN, REFUSED)
    subject: str = named[0] if named else NOBODY_YET
    tokens = OwnTokens(issuer, HomeClock(settings.data))
    if by is not None:
        subject = _of_the_named(by, named, lambda: _people(installation, tokens, named, by))
        if subject not in named:
            fail((NOT_NAMED if named else NOBODY_NAMED).format(person=subject), REFUSED)
    return lambda: tokens.of(subject)


def _of_the_named(by: str, named: Sequence[str], people: Callable[[], list[str]]) -> str:
    """Whom the call names, by their id, the end of it, or what they are called."""
    if PersonId.pattern.fullmatch(by):
        return by
    piece = piece_in(by)
    found = [one for one in named if piece and piece.is_of(one)]
    if not found and named:
        found = [one for one in people() if one in named]
    if len(found) != 1:
        fail(SEVERAL_NAMED if found else NONE_NAMED, INVALID)
    return found[0]


def _people(
    installation: Installation, tokens: OwnTokens, named: Sequence[str], by: str
) -> list[str]:
    """Those who are called so, as whoever was named first may find them."""

    async def found() -> list[str]:
        async with connection_of("client", installation.bus()) as client:
            finder = Finder(client, lambda: tokens.of(named[0]))
            return [one.id for one, _ in await finder.people(by)]

    try:
        return run(found())
    except CantLook as problem:
        reply = problem.reply
        fail(reply.sentence or reply.status, UNREACHABLE if reply.passes else REFUSED)


def _token(installation: Installation) -> str:
    """Of who is signed in, renewed if need be, or the one in the file that a setting names."""
    try:
        if file := installation.settings.token_file:
            return _in_file(file)
        found = current_sign_in(identity_file(installation.settings))
    except NotIdentified as refusal:
        if isinstance(refusal, KeysUnavailable):
            fail(refusal.sentence, UNREACHABLE)
        _refused(refusal)
    except (UnreadableSignIn, UntrustedFile) as error:
        fail(str(error), REFUSED)
    except CantSignIn as error:
        fail(str(error), UNREACHABLE)
    if found is None:
        _refused(NothingShown())
    return found.access


def _in_file(file: Path) -> str:
    try:
        text = read_own(followed(file), named=True).decode("ascii", "replace").strip()
    except OSError as fault:
        fail(f"The file {file} named by LT_TOKEN_FILE can't be read ({fault.strerror}).", INVALID)
    if not text:
        fail(f"The file {file} named by LT_TOKEN_FILE is empty.", INVALID)
    return text


def _refused(refusal: Refusal) -> NoReturn:
    sentence = f"{refusal.sentence} {SIGN_IN}"
    answer(Reply(status="refused", code=refusal.code, sentence=sentence), as_json=wants_json())
