"""How a token is shown in a request, and what is known of who shows it."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from events.ids import PersonId, TieId
from services.identity.refusals import NothingShown, NotReadable
from services.identity.unproven import LONGEST

HEADER: Final = "Authorization"
SCHEME: Final = "Bearer "
BEARER: Final = re.compile(rf"{SCHEME}[A-Za-z0-9_.-]{{1,{LONGEST}}}")


class Comer(NamedTuple):
    """Who has come in with a token.

    `person_id` is None of a verified stranger, who is tied to nobody. `issuer` is a code for the
    issuer, from the settings (`own` for ours); `credential` the digest of the token's id. `sender`
    is the person's id, else a keyed name of issuer and subject: in whose name ids are taken. `tie`
    says by which tie they are that person, where one is needed: whoever decides must see that it
    still stands.
    """

    person_id: PersonId | None
    issuer: str
    credential: str
    sender: str
    tie: TieId | None = None


class Tied(NamedTuple):
    """Whose an issuer's subject is, and by which tie."""

    person_id: PersonId
    tie: TieId


def token_in(headers: Mapping[str, str] | None) -> str:
    """The one token in the headers of a request; NothingShown, or NotReadable if there is anything
    but one.
    """
    shown = headers.get(HEADER) if headers else None
    if not shown:
        raise NothingShown
    if not BEARER.fullmatch(shown):
        raise NotReadable
    return shown[len(SCHEME) :]


def bearing(token: str | None) -> dict[str, str]:
    """The headers of a request that shows a token; none without one."""
    return {HEADER: SCHEME + token} if token else {}
