"""What follows from a decision and can't be done holds up nobody else, and ends no worker."""

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.concerns.effects import Effects
from services.door.replies import Reply
from services.engines.addresses import Engines
from tests.scenes.in_confidence import in_confidence
from tests.scenes.world import vault_of


@pytest.mark.parametrize("status", ["failed", "invalid", "unknown"])
def test_what_the_door_fails_at_holds_up_what_follows_for_the_same_person_alone(
    fresh: Engines, tmp_path: Path, capsys: pytest.CaptureFixture[str], status: str
) -> None:
    asked: list[tuple[str, str]] = []
    wrong = True

    async def scene() -> None:
        async with in_confidence(fresh, tmp_path) as here:
            ben, colm = here.people["Ben"], here.people["Colm"]
            first, other = await here.raised("Ada", "Ben"), await here.raised("Ada", "Colm")
            await here.decided(first, "end-pairing")
            await here.decided(other, "hold-out")

            async def asking(name: str, body: dict[str, Any]) -> Reply:
                whom = body["data"]["person_id"]
                asked.append((name, whom))
                fails = wrong and whom == ben
                return Reply.model_validate({"status": status if fails else "accepted"})

            nonlocal wrong
            url = fresh.programme["safeguarding"]
            with vault_of(fresh) as vault, closing(Effects(url, vault)) as effects:
                effects.read()
                capsys.readouterr()
                for _ in range(2):
                    await effects.ask(asking)
                end, held = "pairing.end-for-team", "pairing.hold-out"
                assert asked == [(end, ben), (held, colm), (end, ben)]
                said = capsys.readouterr()
                assert (said.out + said.err).count("safeguarding.not-followed") == 1
                assert ben not in said.out + said.err
                wrong = False
                await effects.ask(asking)
                assert asked[3:] == [(end, ben), (held, ben)]
                await here.decided(first, "let-in")
                effects.read()
                await effects.ask(asking)
                assert asked[5:] == [("pairing.let-in", ben)]

    asyncio.run(scene())


def test_what_can_not_follow_keeps_nobody_from_telling(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: Effects) -> None:
        raise ArithmeticError

    monkeypatch.setattr(Effects, "read", read)

    async def scene() -> None:
        async with in_confidence(fresh, tmp_path) as here:
            for _ in range(2):
                await here.raised("Ada", "Ben")
                await asyncio.sleep(0.1)
            assert here.kinds("concerns") == ["concern.raised.v1"] * 2

    asyncio.run(scene())


def test_what_was_decided_otherwise_before_it_could_follow_is_not_asked_for(
    fresh: Engines, tmp_path: Path
) -> None:
    asked: list[str] = []

    async def asking(name: str, _: dict[str, Any]) -> Reply:
        asked.append(name)
        return Reply.model_validate({"status": "accepted"})

    async def scene() -> None:
        async with in_confidence(fresh, tmp_path) as here:
            case = await here.raised("Ada", "Ben")
            with (
                vault_of(fresh) as vault,
                closing(Effects(fresh.programme["safeguarding"], vault)) as effects,
            ):
                await here.decided(case, "hold-out")
                effects.read()
                await here.decided(case, "let-in")
                effects.read()
                await effects.ask(asking)
        assert asked == ["pairing.let-in"]

    asyncio.run(scene())
