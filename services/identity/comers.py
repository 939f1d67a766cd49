"""Who has come in with a token: whom an issuer vouches for, as one of the people here."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from events.ids import PersonId
from services.identity.identities import Identities
from services.identity.refusals import NothingShown, NotReadable

HEADER: Final = "Authorization"
BEARER_PREFIX: Final = "Bearer "
OURS: Final = "own"


class Comer(NamedTuple):
    """Who has come in with a token.

    `person_id` is None of a verified stranger, who is tied to nobody. `issuer` is a code for the
    issuer, `credential` the digest of the token's id; `sender` is the person, else a name of issuer
    and subject.
    """

    person_id: PersonId | None
    issuer: str
    credential: str
    sender: str


class Comers:
    """Tells who comes. Our own issuer names people by our ids; nobody else's people are known."""

    def __init__(self, identities: Identities, own: str | None) -> None:
        """`own` is the name of our own issuer, if it counts here."""
        self._identities, self._own = identities, own

    async def comes(self, headers: Mapping[str, str] | None, now: datetime) -> Comer:
        """Who shows what is in these headers at this moment (aware); NotIdentified if nobody."""
        shown = await self._identities.verified(_token(headers), now)
        if shown.issuer == self._own and PersonId.pattern.fullmatch(shown.subject):
            person = PersonId(shown.subject)
            return Comer(person, OURS, shown.credential, person)
        named = sha256(f"{shown.issuer}|{shown.subject}".encode()).hexdigest()
        return Comer(None, shown.issuer, shown.credential, named)

    def close(self) -> None:
        """Let threads go that wait for keys."""
        self._identities.close()


def _token(headers: Mapping[str, str] | None) -> str:
    said = (headers or {}).get(HEADER)
    if not said:
        raise NothingShown
    if not said.startswith(BEARER_PREFIX):
        raise NotReadable
    return said.removeprefix(BEARER_PREFIX)
