"""One cohort, twice: the same people apply, and two panels decide quite differently on them."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg
import structlog

from events.ids import CommandId
from projections.catalogue import ALL
from services.clock import SetClock
from services.diagnostics import set_up
from services.engines.addresses import Engines
from services.notices import ledger
from services.process.station import Station
from services.read_models.builds import view
from services.read_models.looking import look_at
from services.workers import notifier, projector, relay
from tests.scenes.at_work import at_work, client_of, eventually, last_in_stream
from tests.scenes.played import Scene, history_of
from tests.scenes.seen import Message, Row, heard, rows
from tests.scenes.world import NOON, door_on, station

PEOPLE: Final = {
    "Ada Tregenza": "patient-leader",
    "Amina Begum": "patient-leader",
    "Aoife Daly": "patient-leader",
    "Ben Polwhele": "healthcare-leader",
    "Bola Adewale": "healthcare-leader",
    "Edith Hosken": "patient-leader",
}
GIVES_UP: Final = "Edith Hosken"
PANEL: Final = {"Grace Penrose": True, "Helen Marsh": False, "Iris Vane": False}
COMMENT: Final = "Somebody to build upon, whose heartfelt story moved me. "
REASONS: Final = ("score.others-higher", "interest.not-clear", "dates.do-not-fit")


@dataclass(frozen=True)
class Seen:
    """What others could see of a play: up to where the panel began, to the release, and after.

    `tables` and `shown` (read models, opened and told), `letters` and `log` are as they were just
    before the release.
    """

    outcomes: dict[str, str]
    people: dict[str, str]
    messages: list[Message]
    began: int
    released: int
    tables: dict[str, list[Row]]
    shown: list[str]
    letters: list[str]
    log: str


class Panelled(Scene):
    """A cohort with a panel; people and assessors by name."""

    people: dict[str, str]
    applications: dict[str, str]
    assessors: dict[str, str]

    async def apply(self) -> None:
        """All are eligible, and the panel is appointed."""
        await self.plans()
        self.people, self.applications = {}, {}
        for name, side in PEOPLE.items():
            self.people[name] = await self.meets(name)
            self.applications[name] = await self.hands_in(self.people[name], side)
            await self.of("application.confirm-eligibility", name)
        self.assessors = {name: await self.meets(name) for name in PANEL}
        for name, lay in PANEL.items():
            seat = {"cohort_id": self.cohort, "assessor_id": self.assessors[name], "lay": lay}
            await self.do("assessment.appoint-assessor", seat)

    async def of(self, command: str, name: str, **data: Any) -> None:
        await self.do(command, {"application_id": self.applications[name], **data})

    async def takes_back(self, name: str) -> None:
        """Somebody does not apply any more."""
        gone = {"application_id": self.applications[name], "reason": "application.no-time"}
        await self.do("application.withdraw", gone, by=self.people[name])

    async def given(self, name: str, *assessors: str) -> None:
        for one in assessors:
            await self.of("assessment.assign", name, assessor_id=self.assessors[one])

    async def scored(
        self, name: str, assessor: str, score: int, outcome: str, comment: str | None = None
    ) -> None:
        """By the assessor, from a desk that traces what it asks."""
        who = self.assessors[assessor]
        found = {"scores": {"interest": score}, "recommendation": outcome, "comment": comment}
        data = {"application_id": self.applications[name], "assessor_id": who, **found}
        await self.do("assessment.submit", data, by=who, role="assessor", **DESK)

    async def conflicted(self, name: str, assessor: str, kind: str) -> None:
        who = self.assessors[assessor]
        data = {"application_id": self.applications[name], "assessor_id": who, "kind": kind}
        await self.do("assessment.declare-conflict", data, by=who, role="assessor", **DESK)

    async def decided(self, name: str, outcome: str, *reasons: str) -> None:
        await self.of("assessment.decide", name, outcome=outcome, reasons=reasons)


DESK: Final[Mapping[str, str]] = {
    "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01",
    "correlationid": CommandId.derived(NOON, "at the assessor's desk"),
    "causationid": CommandId.derived(NOON, "as the assessor wished"),
}


class PanelPlay(Protocol):
    async def __call__(self, scene: Panelled, /) -> dict[str, str]:
        """Assess and decide; the outcomes by name."""


async def plainly(scene: Panelled) -> dict[str, str]:
    """Everybody is given to the same two, whose minds are one, and is offered a place."""
    for name in PEOPLE:
        await scene.given(name, "Grace Penrose", "Helen Marsh")
        if name == GIVES_UP:
            await scene.takes_back(name)
            continue
        for assessor in ("Grace Penrose", "Helen Marsh"):
            await scene.scored(name, assessor, 4, "offer")
        await scene.decided(name, "offer")
    return dict.fromkeys(PEOPLE.keys() - {GIVES_UP}, "offer")


async def at_odds(scene: Panelled) -> dict[str, str]:
    """Nobody is like another: words, conflicts, a third opinion, minds that change."""
    grace, helen, iris = PANEL
    await scene.given("Ada Tregenza", grace, helen)
    for assessor in (grace, helen):
        await scene.scored("Ada Tregenza", assessor, 0, "decline", COMMENT * 35)
    await scene.decided("Ada Tregenza", "decline", *REASONS)

    await scene.given("Amina Begum", helen, grace)
    await scene.conflicted("Amina Begum", helen, "family")
    await scene.given("Amina Begum", iris)
    await scene.scored("Amina Begum", iris, 5, "offer", "Yes!")
    await scene.scored("Amina Begum", grace, 0, "decline", COMMENT)
    apart = {"application_id": scene.applications["Amina Begum"], "outcome": "offer"}
    assert (await scene.ask("assessment.decide", apart)).code == "assessment.moderation-needed"
    await scene.of("assessment.hold-moderation", "Amina Begum")
    await scene.decided("Amina Begum", "reserve", REASONS[0])

    await scene.given("Aoife Daly", grace, helen)
    for assessor in (helen, grace):
        await scene.scored("Aoife Daly", assessor, 3, "reserve")
    await scene.decided("Aoife Daly", "offer")
    for outcome in ("decline", "reserve"):
        change = {"outcome": outcome, "reasons": REASONS[1:], "reason": "decision.mistake"}
        await scene.of("assessment.change-decision", "Aoife Daly", **change)

    await scene.given("Ben Polwhele", grace, helen)
    await scene.conflicted("Ben Polwhele", grace, "acquainted")
    for assessor in (grace, helen):
        await scene.scored("Ben Polwhele", assessor, 1, "decline", ".")
    await scene.decided("Ben Polwhele", "decline", "leadership.not-clear")

    await scene.given("Bola Adewale", grace, helen, iris)
    for assessor in PANEL:
        await scene.scored("Bola Adewale", assessor, 5, "offer", COMMENT * 3)
    await scene.decided("Bola Adewale", "offer")
    await scene.conflicted("Bola Adewale", iris, "manages")
    await scene.decided("Bola Adewale", "offer")

    await scene.given(GIVES_UP, grace, helen)
    await scene.takes_back(GIVES_UP)
    told = ("decline", "reserve", "reserve", "decline", "offer")
    return dict(zip((name for name in PEOPLE if name != GIVES_UP), told, strict=True))


async def play(engines: Engines, folder: Path, panel: PanelPlay) -> Seen:
    """Play a cohort up to the release, with those at work who tell others of it."""
    clock, said = SetClock(NOON), StringIO()
    here = station(engines, folder, clock)
    before = structlog.get_config()
    set_up("debug", said)
    async with AsyncExitStack() as all_of_them:
        client = await all_of_them.enter_async_context(door_on(here))
        for worker in (relay, projector, notifier):
            await all_of_them.enter_async_context(at_work(worker.serve, here))
        scene = Panelled(here, client, clock)
        await scene.apply()
        await scene.take_the_chair()
        began = len(history_of(engines))
        outcomes = await panel(scene)
        await scene.sign()
        await settled(engines)
        found: dict[str, Any] = {
            "tables": {**rows(engines.programme), **rows(engines.vault)},
            "shown": list(shown(here)),
            "letters": [file.read_text() for file in sorted(here.outbox.rglob("*.*"))],
            "log": said.getvalue(),
        }
        released = len(history_of(engines))
        await scene.releases()
        await settled(engines)
        messages = await heard(engines)
    structlog.configure(**before)
    mine = {application: name for name, application in scene.applications.items()}
    return Seen(outcomes, mine, messages, began, released, **found)


async def settled(engines: Engines) -> None:
    """Everybody who is at work is at the head of the log, and the log has been told of all notices;
    the notifier may rest.
    """

    async def there() -> bool:
        with psycopg.connect(engines.programme["console"]) as connection:
            rows = connection.execute(PLACES).fetchall()
            if ledger.unreported(connection):
                return False
        head = len(history_of(engines))
        async with client_of(engines) as client:
            last = await last_in_stream(client)
        return len(rows) >= len(ALL) and {last, *(at for (at,) in rows)} == {head}

    await eventually(there)


PLACES: Final = (
    "SELECT position FROM read.builds UNION ALL"
    " SELECT position FROM work.places WHERE worker = 'notifier' AND position > 0"
)


def shown(here: Station) -> list[str]:
    """What the read models say to whoever holds the vault's key."""
    vault = here.vault("home")
    try:
        with psycopg.connect(here.engines.programme["console"]) as connection:
            return [
                json.dumps({one.name: row}, default=str)
                for one in ALL
                for row in look_at(connection, view(one.name), one, {}, vault)
            ]
    finally:
        vault.close()


def played(engines: Engines, folder: Path, panel: PanelPlay) -> Seen:
    return asyncio.run(play(engines, folder, panel))
