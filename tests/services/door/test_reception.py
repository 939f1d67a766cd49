"""Who asks is looked at once for all who show the same and are here by then; without engines."""

import asyncio
from pathlib import Path
from typing import Any

from nats.aio.msg import Msg
from nats.micro.request import Request

from events.ids import PersonId
from services.clock import SetClock
from services.door.reception import Reception
from services.identity.comers import Comer, Comers
from services.identity.configuration import read_identity_file
from services.identity.showing import bearing
from tests.scenes.cast import ADA
from tests.services.identity.minting import NOW


class Inbox:
    """Where answers go."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []

    async def publish(self, _subject: str, data: bytes, **_given: Any) -> None:
        self.answers.append(data)


def test_those_who_come_together_are_looked_at_once_and_who_comes_later_anew(
    tmp_path: Path,
) -> None:
    file = tmp_path / "identity.toml"
    file.write_text('[own]\nkeys = "keys"\npublic = "public"\n')
    identities = read_identity_file(file)
    own, inbox, taken = identities.own_issuer(), Inbox(), list[Comer | None]()
    assert own
    own.begin(NOW)
    shown = bearing(own.token(ADA, NOW))

    async def take(_message: Request, comer: Comer | None, _until: float) -> None:
        taken.append(comer)

    async def scene() -> None:
        clock = SetClock(NOW)
        comers = Comers(identities.identities(clock), Unasked())
        reception = Reception(comers, clock, take, 6.0)
        message = Request(Msg(inbox, "lt.command.cohort.plan", "_INBOX_x", b"{}", shown))  # type: ignore[arg-type]
        await reception.hear(message)
        (tmp_path / "public").unlink()
        await reception.hear(message)
        assert [one and one.person_id for one in taken] == [PersonId(ADA)] * 2
        await asyncio.sleep(0)
        await reception.hear(message)
        comers.close()

    asyncio.run(scene())
    assert len(taken) == 2
    assert [b"identity.unavailable" in one for one in inbox.answers] == [True]


class Unasked:
    """Nobody's ties."""

    def whose(self, issuer: str, subject: str) -> None:
        raise AssertionError((issuer, subject))

    def stranger(self, issuer: str, subject: str) -> str:
        raise AssertionError((issuer, subject))

    def close(self) -> None:
        """There is nothing to give back."""
