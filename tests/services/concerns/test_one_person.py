"""Who was registered twice is one person also to what is told in confidence."""

import asyncio
from pathlib import Path

from services.engines.addresses import Engines
from tests.scenes.at_work import eventually
from tests.scenes.in_confidence import WORDS, Confidence, in_confidence
from tests.scenes.world import coordinator

STATED = "person.stated.v1"


async def merged(here: Confidence, kept: str, other: str) -> None:
    ids = {"person_id": here.people[kept], "merged_id": here.people[other]}
    reply = await coordinator(
        here.client, "person.merge", {**ids, "reason": "merge.came-under-another-name"}
    )
    assert reply.status == "accepted", reply


def test_a_lead_reads_nothing_about_themselves_under_another_id(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with in_confidence(fresh, tmp_path) as here:
            await here.meet("Sophie")
            case = await here.raised("Ada", "Sophie")
            assert (await here("Sofia", "concern.read", {"concern_id": case})).told
            await merged(here, "Sofia", "Sophie")
            reply = await here("Sofia", "concern.read", {"concern_id": case})
            assert reply.code == "concern.no-such"
            said = {"concern_id": case, "decision": "close", "note": "It was nothing."}
            decided = await here("Sofia", "concern.decide", said)
            assert decided.code == "concern.no-such"
            listed = await here("Sofia", "concern.list", {})
            assert (listed.told or {})["concerns"] == []

    asyncio.run(scene())


def test_who_told_it_under_another_id_reads_what_they_said(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with in_confidence(fresh, tmp_path) as here:
            await here.meet("Adah")
            case = await here.raised("Adah", "Ben")
            await merged(here, "Ada", "Adah")
            reply = await here("Ada", "concern.read", {"concern_id": case})
            assert (reply.told or {})["words"] == WORDS

    asyncio.run(scene())


def test_who_is_held_out_under_two_ids_is_let_in_when_both_concerns_allow_it(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with in_confidence(fresh, tmp_path) as here:
            await here.meet("Benn")
            one, other = await here.raised("Ada", "Ben"), await here.raised("Ada", "Benn")
            await merged(here, "Ben", "Benn")
            before = here.kinds()
            for case in (one, other):
                await here.decided(case, "hold-out")
            await here.decided(one, "let-in")
            await asyncio.sleep(1.5)
            assert here.kinds() == [*before, STATED]
            await here.decided(other, "let-in")
            await asyncio.sleep(1.5)
            assert here.kinds() == [*before, STATED, STATED]

    asyncio.run(scene())


def test_whoever_is_two_again_is_held_out_as_either_of_them_would_have_been(
    fresh: Engines, tmp_path: Path
) -> None:
    """It is about Benn, and was recorded of Ben as long as the two were taken for one."""

    async def scene() -> None:
        async with in_confidence(fresh, tmp_path) as here:
            await here.meet("Benn")
            case = await here.raised("Ada", "Benn")
            await merged(here, "Ben", "Benn")
            before = len(here.kinds())
            await here.decided(case, "hold-out")
            await eventually(lambda: len(here.kinds()) == before + 1)
            await parted(here, "Benn")
            await eventually(lambda: len(here.kinds()) == before + 4)
            assert here.kinds()[before + 2 :] == [STATED, STATED]
            refused = {}
            for name in ("Ben", "Benn"):
                said = {"person_id": here.people[name], "reason": "pairing.other"}
                refused[name] = (await here("Colm", "pairing.let-in", said)).code
            assert refused == {"Ben": None, "Benn": "pairing.held-by-another"}

    asyncio.run(scene())


async def parted(here: Confidence, other: str) -> None:
    said = {"merged_id": here.people[other], "reason": "part.two-people"}
    reply = await coordinator(here.client, "person.part", said)
    assert reply.status == "accepted", reply
