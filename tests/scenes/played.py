"""A cohort with few people, played through the door: from a plan to released decisions."""

from datetime import datetime
from typing import Any

from nats.aio.client import Client

from events.catalogue import Recorded, decode
from events.event import Event
from services.clock import SetClock
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.log.log import Log
from services.process.station import Station
from tests.scenes.for_who_asked import for_who_asked
from tests.scenes.team import RUTH
from tests.scenes.tokens import ask_as
from tests.scenes.world import PLAN

SCORES = {"offer": 5, "reserve": 3, "decline": 0}
DECISIONS = datetime.fromisoformat("2024-11-04T10:00:00+00:00")
CO_CHAIRS = {"patient-leader": "Winifred Okoro", "healthcare-leader": "Samuel Hart"}
SIDES = {
    "patient-leader": {"profile": {"area": "devon", "background": "carer"}},
    "healthcare-leader": {"profile": {"area": "devon", "profession": "nurse"}},
}


def history_of(engines: Engines) -> list[Recorded[Event]]:
    """The whole log."""
    log = Log(engines.programme["home"], connections=1)
    try:
        return [decode(row.document) for row in log.pages(0, log.head())]
    finally:
        log.close()


class Scene:
    """Whoever asks at the door, and expects to be heard."""

    def __init__(self, station: Station, client: Client, clock: SetClock) -> None:
        self.station, self.client, self.clock = station, client, clock
        self.cohort = ""
        self.chairs: dict[str, str] = {}
        self.signed = False

    async def ask(
        self, name: str, data: dict[str, Any], by: str | None = None, **more: Any
    ) -> Reply:
        """As a coordinator, or as the person `by` for themselves; `more` goes beside the data."""
        asked = {} if by else for_who_asked(name, data)
        body = {"role": "applicant" if by else "coordinator", "data": data, **asked, **more}
        return await ask_as(self.client, by or RUTH, name, body)

    async def do(
        self, name: str, data: dict[str, Any], by: str | None = None, **more: Any
    ) -> Reply:
        reply = await self.ask(name, data, by, **more)
        assert reply.status == "accepted", (name, reply)
        return reply

    async def plans(self, **more: Any) -> None:
        planned = await self.do("cohort.plan", {**PLAN, **more})
        self.cohort = (planned.events or ())[0].subject
        await self.do("cohort.open-applications", {"cohort_id": self.cohort})

    async def meets(self, name: str, **contact: str) -> str:
        """Somebody becomes known and agrees to the programme."""
        contact = contact or {"email": f"{name.partition(' ')[0].lower()}@example.org"}
        reply = await self.do("person.register", {"full_name": name, **contact})
        person = (reply.ids or {})["person_id"]
        await self.do("person.give-consent", {"person_id": person})
        return person

    async def hands_in(self, person: str, side: str = "patient-leader") -> str:
        """An application, by that person."""
        fact = {**SIDES[side], "experiences": 1, "leadership": "A newsletter.", "interest": "Care."}
        whose = {"cohort_id": self.cohort, "person_id": person, "side": side}
        reply = await self.do("application.submit", {**whose, **fact}, by=person)
        return (reply.events or ())[-1].subject

    async def decides(self, decided: dict[str, str], comment: str = "A kind application.") -> None:
        """Eligible, assessed by a lay and a professional assessor, and decided: outcome by id."""
        grace, helen = await self.meets("Grace Penrose"), await self.meets("Helen Marsh")
        for assessor, lay in ((grace, True), (helen, False)):
            appointed = {"cohort_id": self.cohort, "assessor_id": assessor, "lay": lay}
            await self.do("assessment.appoint-assessor", appointed)
        for application, outcome in decided.items():
            this = {"application_id": application}
            await self.do("application.confirm-eligibility", this)
            for assessor in (grace, helen):
                await self.do("assessment.assign", {**this, "assessor_id": assessor})
                scored = {"scores": {"interest": SCORES[outcome]}, "recommendation": outcome}
                own = {"assessor_id": assessor, "comment": comment}
                await self.do("assessment.submit", {**this, **scored, **own})
            reasons = [] if outcome == "offer" else ["score.others-higher"]
            decision = {"outcome": outcome, "reasons": reasons}
            await self.do("assessment.decide", {**this, **decision})

    async def take_the_chair(self) -> None:
        """One of each side."""
        for side, name in CO_CHAIRS.items():
            self.chairs[side] = await self.meets(name)
            chair = {"person_id": self.chairs[side], "role": "co-chair", "side": side}
            await self.do("role.grant", {**chair, "cohort_id": self.cohort})

    async def sign(self) -> None:
        """Both co-chairs sign what is decided, on the day of the release."""
        self.clock.set(DECISIONS)
        if not self.chairs:
            await self.take_the_chair()
        for side, person in self.chairs.items():
            this = {"cohort_id": self.cohort, "side": side}
            await self.do("cohort.sign-release", this, by=person, role="co-chair")
        self.signed = True

    async def releases(self) -> None:
        if not self.signed:
            await self.sign()
        await self.do("cohort.release-decisions", {"cohort_id": self.cohort})
