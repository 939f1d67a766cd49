"""What others can read of somebody who is held out, or parted from their partner, over a concern,
is byte for byte but for ids and times what they read of somebody of whom a coordinator decides so
for a reason of their own.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from domain.catalogue import NOTICES
from events.catalogue import Recorded, decode
from events.ids import PersonId
from projections.catalogue import ALL
from services.door.asking import ask
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.vault.opening import Reading, opened
from services.vault.vault import Vault
from tests.scenes.at_work import client_of, eventually
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA
from tests.scenes.given import Sharing
from tests.scenes.in_confidence import Confidence, in_confidence
from tests.scenes.pairs import active, cohort_of, pairing
from tests.scenes.readable import add_facts
from tests.scenes.tokens import ask_as
from tests.scenes.world import vault_of

TOGETHER: Final = [
    *cohort_of(ADA, AMINA, beside=(BEN, BOLA)),
    *active(ADA, BEN),
    *active(AMINA, BOLA),
]
OVER_A_CONCERN: Final = {BEN: "whom", ADA: "partner", pairing(ADA, BEN): "pair"}
FOR_ANOTHER_REASON: Final = {BOLA: "whom", AMINA: "partner", pairing(AMINA, BOLA): "pair"}
BOTH: Final = (OVER_A_CONCERN, FOR_ANOTHER_REASON)
Named = Mapping[Any, str]

APART: Final = (
    (re.compile(r"""sealed(":"|=')([^"']*)"""), lambda it: f"sealed {len(it[2])}"),
    (re.compile(r'"audience":"([^"]*)"'), lambda it: "+".join(sorted(it[1].split("+")))),
    (re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)"), lambda _: "time"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), lambda _: "event"),
    (re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01"), lambda _: "trace"),
    (re.compile(r"(command|application|hidden)_[0-9a-z]{26}"), lambda it: it[1]),
    (re.compile(r"""key(":"|=')[0-9.]+"""), lambda _: "key"),
    (re.compile(r'"commanddigest":"[0-9a-f]{32}"'), lambda _: "digest"),
    (re.compile(r'"(sequence|previous|position)":"?\d+"?'), lambda it: it[1]),
)
"""Ids, times and places; of what is sealed its length is left."""


def plain(said: Any, named: Named) -> str:
    """What stands there, but for ids and times."""
    text = said if isinstance(said, str) else json.dumps(said, separators=(",", ":"))
    for one, name in named.items():
        text = text.replace(str(one), name)
    for pattern, instead in APART:
        text = pattern.sub(instead, text)
    return text


class Seen:
    """What others can read, as it stands now."""

    def __init__(self, here: Confidence, vault: Vault) -> None:
        self.rows, self._vault = here.rows(), vault
        self._facts = [decode(document) for *_, document in self.rows]

    def of_the_log(self, named: Named, after: int) -> list[str]:
        """Each document with its tags, as subscribers, auditors and operators have it."""
        found = []
        for position, kind, tags, text in self.rows:
            if position > after and not {*named}.isdisjoint(tags):
                borne = sorted(plain(tag, named) for tag in tags)
                found.append(f"{kind} {borne} {plain(text.decode(), named)}")
        return found

    def of_the_read_models(self, named: Named) -> list[str]:
        """Each row about them: as it is kept, and as it is told to whoever may open all of it."""
        found = []
        for model in ALL:
            rows: dict[str, Any] = {}
            for fact in self._facts:
                for key in model.keys(fact.event):
                    new = model.fold(rows.get(key), fact, key)
                    rows = {**rows, key: new} if new is not None else _without(rows, key)
            for key in sorted({key for key in rows if any(str(one) in key for one in named)}):
                kept = rows[key].model_dump(mode="json")
                found += [plain(key, named), plain(kept, named)]
                shown = opened(kept, self._vault)
                found.append(plain(model.told(shown) if model.told else shown, named))
        return sorted(found)

    def of_the_letters(self, named: Named, after: int) -> list[str]:
        """What anybody is written because of what has happened since."""
        reading = Reading(self._vault, lambda _: b"")
        known = [reading(fact.event) for fact in self._facts]
        found = []
        for (position, *_), fact, event in zip(self.rows, self._facts, known, strict=True):
            if position > after and not {*named}.isdisjoint(fact.event.tags()):
                told = Recorded(fact.envelope, fact.event)
                for rule in NOTICES.get(type(event), ()):
                    letters = rule(told, Sharing(known[:position]))
                    found += [plain(str(letter), named) for letter in letters]
        return found


def _without(rows: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: row for name, row in rows.items() if name != key}


@pytest.mark.timeout(120)
def test_whatever_follows_from_a_concern_looks_like_what_the_team_does_for_another_reason(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        with vault_of(fresh) as vault:
            async with in_confidence(fresh, tmp_path) as here:
                add_facts(fresh, vault, TOGETHER)
                await here.meet("Cleo")
                await here.grant("Cleo", "coordinator")
                here.people |= {"ADA": ADA, "BEN": BEN}
                start = len(here.rows())
                case = await _held(here, start)
                await _alike(here, vault, start, facts=2, letters=2)
                await _let_in(here, case)
                await _alike(here, vault, start, facts=3, letters=2)
                await _ended(here, case)
                await _alike(
                    here, vault, start, facts=8, letters=4
                )  # one let in for another reason
                await _let_in(here, case)
                await _alike(here, vault, start, facts=9, letters=4)

    asyncio.run(scene())


async def _held(here: Confidence, start: int) -> str:
    """One over a concern, the other by a coordinator, and what follows from either."""
    case = await here.raised("ADA", "BEN")
    await here.decided(case, "hold-out", note="Until we have spoken.")
    await eventually(lambda: len(here.rows()) == start + 1)
    held = await here("Colm", "pairing.hold-out", {"person_id": BOLA})
    assert held.status == "accepted", held
    async with client_of(here.engines, "policies") as policies:
        for who in (BEN, BOLA):
            said = {"data": {"person_id": who}}
            reply = await ask(policies, "pairing.keep-apart", said, worker="policies")
            assert [one.name for one in reply.events or ()] == ["pairing.held"]
    return case


async def _ended(here: Confidence, case: str) -> None:
    """So that both are asked anew, and he with nobody until he is let in."""
    before = len(here.rows())
    await here.decided(case, "end-pairing")
    await eventually(lambda: len(here.rows()) == before + 4)
    for name in ("pairing.end-for-team", "pairing.hold-out"):
        done = await here("Colm", name, {"person_id": BOLA})
        assert done.status == "accepted", done


async def _let_in(here: Confidence, case: str) -> None:
    before = len(here.rows())
    await here.decided(case, "let-in")
    await eventually(lambda: len(here.rows()) == before + 1)
    said = {"person_id": BOLA, "reason": "team"}
    assert (await here("Colm", "pairing.let-in", said)).status == "accepted"


async def _alike(here: Confidence, vault: Vault, start: int, *, facts: int, letters: int) -> None:
    seen = Seen(here, vault)
    one, other = (seen.of_the_log(named, start) for named in BOTH)
    assert one == other
    assert len(one) == facts, "or this would try nothing"
    one, other = (seen.of_the_read_models(named) for named in BOTH)
    assert one == other
    assert len(one) > 10
    one, other = (seen.of_the_letters(named, start) for named in BOTH)
    assert one == other
    assert len(one) == letters, "both partners hear that they are to wait, or that it ended"
    assert not any("concern" in letter for letter in one)
    answers = [[await _tries(here, named, wish) for wish in WISHES] for named in BOTH]
    assert answers[0] == answers[1]


WISHES: Final[tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...]] = (
    ("pairing.let-in", ("whom",), {"reason": "pairing.other"}),
    ("pairing.complete", ("pair",), {}),
    ("pairing.pause", ("pair",), {"reason": "work"}),
    ("pairing.take-back", ("pair",), {"reason": "pairing.mistake"}),
    ("pairing.propose", (), {}),
)
FIELDS: Final = {"whom": "person_id", "pair": "pairing_id"}


async def _tries(
    here: Confidence, named: Named, wish: tuple[str, tuple[str, ...], dict[str, Any]]
) -> str:
    """What another coordinator is answered who tries something with them; all is refused."""
    name, of, more = wish
    ids = {what: one for one, what in named.items()}
    data = {**{FIELDS[one]: ids[one] for one in of}, **more}
    if name == "pairing.propose":
        two = {"patient_leader_id": ids["partner"], "healthcare_leader_id": ids["whom"]}
        data = {"cohort_id": AUTUMN, **two}
    who: PersonId = here.people["Cleo"]
    reply: Reply = await ask_as(here.client, who, name, {"role": "coordinator", "data": data})
    return plain(reply.model_dump_json(), named)


def test_the_comparison_sees_what_differs() -> None:
    """It leaves out ids and times, and nothing else."""
    for one, other in (("team", "concern"), ('"sealed":"abcd"', '"sealed":"abcde"')):
        assert plain(one, OVER_A_CONCERN) != plain(other, FOR_ANOTHER_REASON)
    assert plain(f"{BEN} waits", OVER_A_CONCERN) == plain(f"{BOLA} waits", FOR_ANOTHER_REASON)
