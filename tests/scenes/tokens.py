"""Tokens of tests: of one issuer of our own, whose keys the doors of tests know."""

import atexit
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from weakref import WeakKeyDictionary

from nats.aio.client import Client

from services.clock import Clock, SetClock, SystemClock
from services.door.asking import ask
from services.door.replies import Reply
from services.files import write_whole
from services.identity.at_home import NOBODY_YET, OwnTokens
from services.identity.configuration import identity_file, read_identity_file
from services.identity.own import OwnIssuer
from services.identity.showing import Comer
from services.settings import Settings
from tests.scenes.given import NOON

_FOLDER = TemporaryDirectory(prefix="leading-together-identity-")
atexit.register(_FOLDER.cleanup)
IDENTITY: Final = Path(_FOLDER.name) / "identity.toml"
OWN: Final = '[own]\nkeys = "identity.keys"\npublic = "identity.jwks.json"\n'
write_whole(IDENTITY, OWN)
STRANGER: Final = NOBODY_YET
CLOCKS: Final = WeakKeyDictionary[Client, Clock]()
"""By which clock somebody is judged who asks on a connection; noon of all scenes, if none."""


def own_issuer() -> OwnIssuer:
    issuer = read_identity_file(IDENTITY).own_issuer()
    assert issuer
    return issuer


ISSUER: Final = own_issuer()
ISSUER.begin(datetime(2016, 4, 1, tzinfo=UTC))
_TOKENS: Final = WeakKeyDictionary[Any, OwnTokens]()
_NOON: Final = SetClock(NOON)


def token(who: str = STRANGER, clock: Clock = _NOON) -> str:
    """What somebody shows, by their id; a stranger's by default."""
    if clock not in _TOKENS:
        _TOKENS[clock] = OwnTokens(ISSUER, clock)
    return _TOKENS[clock].of(who)


async def ask_as(
    client: Client, who: str, name: str, body: Mapping[str, Any] | bytes, **more: Any
) -> Reply:
    """What somebody is answered at the door of a scene."""
    clock = CLOCKS.get(client, _NOON)
    return await ask(client, name, body, token=token(who, clock), **more)


def tokens_in(data: Path) -> OwnTokens:
    """Those of the issuer of a data folder, which begins if it has none, by the machine's clock."""
    issuer = identity_file(Settings(data=data)).own_issuer()
    assert issuer
    issuer.begin(datetime.now(UTC))
    return OwnTokens(issuer, SystemClock())


def comer(who: str) -> Comer:
    """Somebody who has come in, in rooms where nobody shows anything; a person or `newcomer`."""
    known = who.startswith("person_")
    return Comer(who if known else None, "own", "c" * 64, who)  # type: ignore[arg-type]  # an id
