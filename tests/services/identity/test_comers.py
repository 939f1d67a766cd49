"""Who has come in, by what they show; without a door, and without engines."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from events.ids import PersonId, TieId
from services.clock import SetClock
from services.identity.comers import Comer, Comers, Tied
from services.identity.configuration import read_identity_file
from services.identity.identities import WAITING, TooManyWait
from services.identity.own import OwnIssuer
from services.identity.refusals import NotGenuine, NotIdentified, NotReadable
from services.identity.showing import bearing, token_in
from tests.scenes.cast import ADA
from tests.services.identity.minting import AUDIENCE, NOW, StandIn, ed25519, stand_in

TIE = TieId.derived(NOW, "tie")


class Known:
    """Whose subjects are, as it stands recorded at the moment."""

    def __init__(self) -> None:
        self.whom: Tied | None = None
        self.asked = 0

    def whose(self, _issuer: str, _subject: str) -> Tied | None:
        self.asked += 1
        return self.whom

    def stranger(self, issuer: str, subject: str) -> str:
        return f"stranger of {issuer}: {subject}"

    def close(self) -> None:
        """There is nothing to give back."""


@pytest.fixture
def of() -> Iterator[StandIn]:
    with stand_in() as provider:
        provider.keys = [ed25519().jwk]
        yield provider


@pytest.fixture
def file(of: StandIn, tmp_path: Path) -> Path:
    file = tmp_path / "identity.toml"
    provider = f'issuer = "{of.issuer}"\ncode = "trust"\naudience = "{AUDIENCE}"\n'
    own = '[own]\nkeys = "keys"\npublic = "public"\n'
    file.write_text(f'{own}[[providers]]\n{provider}algorithms = ["Ed25519"]\n')
    return file


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
def own(file: Path) -> OwnIssuer:
    found = read_identity_file(file).own_issuer()
    assert found
    found.begin(NOW)
    return found


def play(file: Path, known: Known, scene: Callable[[Comers], Any]) -> None:
    async def playing() -> None:
        comers = Comers(read_identity_file(file).identities(SetClock(NOW)), known)
        try:
            await scene(comers)
        finally:
            comers.close()

    asyncio.run(playing())


def test_our_own_issuer_names_people_by_their_ids(file: Path, known: Known, own: OwnIssuer) -> None:
    hers, others = bearing(own.token(ADA, NOW)), bearing(own.token("a-service", NOW))

    async def scene(comers: Comers) -> None:
        at_once = comers.at_once(hers, NOW)
        assert at_once == await comers.comes(hers, NOW)
        assert at_once
        assert (at_once.person_id, at_once.issuer, at_once.sender) == (ADA, "own", ADA)
        assert at_once.tie is None
        assert comers.at_once(others, NOW) is None
        stranger = await comers.comes(others, NOW)
        assert (stranger.person_id, stranger.issuer) == (None, "own")
        assert stranger.sender == f"stranger of {own.issuer}: a-service"
        assert comers.at_once(others, NOW) == stranger

    play(file, known, scene)
    assert known.asked == 0, "our own issuer has no ties"


def test_a_provider_s_subject_is_whoever_is_tied_and_that_is_remembered_for_a_moment(
    file: Path, known: Known, of: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = [0.0]
    monkeypatch.setattr("services.identity.comers.time.monotonic", lambda: moments[0])
    shown = bearing(of.token())

    async def scene(comers: Comers) -> None:
        stranger = await comers.comes(shown, NOW)
        assert (stranger.person_id, stranger.issuer) == (None, "trust")
        known.whom = Tied(PersonId(ADA), TIE)
        assert comers.at_once(shown, NOW) == stranger
        moments[0] = 1.0
        assert comers.at_once(shown, NOW) is None
        tied = await comers.comes(shown, NOW)
        assert tied == Comer(ADA, "trust", stranger.credential, ADA, TIE)
        for again in range(5):
            assert comers.at_once(shown, NOW) == tied, again
        assert known.asked == 2

    play(file, known, scene)


def test_many_who_come_as_one_at_a_moment_are_looked_up_once(
    file: Path, known: Known, of: StandIn
) -> None:
    async def scene(comers: Comers) -> None:
        shown = [bearing(of.token(jti=f"{number}")) for number in range(40)]
        found = await asyncio.gather(*(comers.comes(one, NOW) for one in shown))
        assert len({one.credential for one in found}) == 40

    play(file, known, scene)
    assert known.asked == 1


def test_what_was_shown_before_is_judged_again(file: Path, known: Known, own: OwnIssuer) -> None:
    hers = bearing(own.token(ADA, NOW))

    async def scene(comers: Comers) -> None:
        assert comers.at_once(hers, NOW)
        for moment in (NOW + timedelta(minutes=15), NOW - timedelta(minutes=1)):
            with pytest.raises(NotIdentified):
                comers.at_once(hers, moment)
        assert comers.at_once(hers, NOW)
        own.rotate(NOW, at_once=True)
        with pytest.raises(NotGenuine):
            comers.at_once(hers, NOW)

    play(file, known, scene)


def test_those_who_wait_for_a_provider_are_so_many_and_hold_up_no_other(
    file: Path, known: Known, own: OwnIssuer, of: StandIn
) -> None:
    asked, answer = Event(), Event()

    def keys(handler: Any) -> None:
        asked.set()
        answer.wait(5)
        handler.say({"keys": [ed25519().jwk]})

    of.answers["/keys"] = keys

    async def scene(comers: Comers) -> None:
        shown = [bearing(of.token(jti=f"{number}")) for number in range(WAITING + 5)]
        waiting = [asyncio.create_task(comers.comes(one, NOW)) for one in shown]
        await asyncio.to_thread(asked.wait, 5)
        others = bearing(own.token("a-service", NOW))
        assert (await comers.comes(others, NOW)).issuer == "own"
        answer.set()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert sum(isinstance(one, TooManyWait) for one in found) == 5
        assert sum(isinstance(one, Comer) for one in found) == WAITING

    play(file, known, scene)


@pytest.mark.parametrize(
    "value",
    [
        "Bearer ",
        "Bearer  x",
        "bearer x",
        "Bearer x ",
        "Bearer x, Bearer y",
        "Bearer x y",
        "Basic x",
        "x",
        "Bearer é",
        "Bearer x\n",
        "Bearer \x00",
        f"Bearer {'x' * 8193}",
    ],
)
def test_a_header_with_anything_odd_is_no_token(value: str) -> None:
    with pytest.raises(NotReadable):
        token_in({"Authorization": value})
