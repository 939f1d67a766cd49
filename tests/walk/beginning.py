"""Cohorts that come through the selection well. With two of them, and people who are in both, most
walks begin, so that they get far.
"""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from domain.cohorts.going_by import cohort_rules
from events.calendar import at
from events.envelope import Origin
from events.event import Event
from events.ids import ApplicationId, CohortId, CommandId, PersonId
from events.terms import EarlierReason, Role, Side
from services.door.asking import by_itself
from services.door.wire import ASKED_BY
from services.log.log import Settled, Stored
from services.log.wishes import Accepted, Wish
from tests.walk.door import Asked
from tests.walk.team import CHAIRS, coordinator
from tests.walk.wishes import CRITERIA

if TYPE_CHECKING:
    from tests.walk.world import World

FIRST: Final = date(2024, 9, 2)
SPAN: Final = {"closes_on": 4, "decisions_on": 6, "starts_on": 12, "ends_on": 100}
EACH: Final = 4  # people on each side of a cohort
BOTH: Final = 2  # of them are in both
STAFF: Final = 4
PROFILE: Final = {"area": "devon", "background": "carer", "profession": "nurse"}


class Line(NamedTuple):
    """A fact of the beginning: as it is stored, as rules knew it, and who brought it about."""

    row: Stored
    known: Event
    origin: Origin


class Beginning(NamedTuple):
    """All that a walk takes over."""

    lines: tuple[Line, ...]
    settled: tuple[Settled, ...]
    moment: datetime


class Script:
    """Coordinators and applicants who make no mistakes. Each has a name, by which their commands
    differ from those of others.
    """

    def __init__(self, walk: "World", name: str) -> None:
        self._walk, self._name, self._sent = walk, name, 0

    def two_cohorts(self) -> None:
        """From nothing to two cohorts that have started, with people who are in both."""
        staff = [self.person(f"staff {number}") for number in range(STAFF)]
        count = 2 * EACH - BOTH
        sides = {side: [self.person(f"{side} {one}") for one in range(count)] for side in Side}
        for number, first in enumerate((0, EACH - BOTH)):
            here = {who: side for side, some in sides.items() for who in some[first : first + EACH]}
            self.cohort(FIRST + timedelta(days=14 * number), staff, here)

    def _do(
        self,
        name: str,
        data: dict[str, Any],
        by: str | None = None,
        role: Role | None = Role.COORDINATOR,
        time: str | None = None,
        **beside: Any,
    ) -> Wish:
        """Ask for it, and for what follows; `time` says that it happened earlier, `beside` what
        else is said of it. Without a role it is done in one that they hold.
        """
        self._sent += 1
        sent = CommandId.derived(self._walk.clock.now(), self._name, str(self._sent))
        earlier = {"time": time, "reason": EarlierReason.NOTED_AT_THE_TIME} if time else {}
        if by in ASKED_BY:
            asking = Asked(name, by_itself(sent, data), by.partition(":")[2])
        else:
            who = {"actor": by or coordinator(self._walk), **({"role": role} if role else {})}
            asking = Asked(name, {"id": sent, **who, "data": data, **earlier, **beside})
        wish = self._walk.send(asking)
        assert wish is not None, name
        policies = self._walk.policies
        while policies.behind:
            for asked in policies.next():
                self._walk.send(asked)
        return wish

    def person(self, name: str) -> PersonId:
        """Somebody becomes known and agrees to the programme."""
        email = f"{name.replace(' ', '.')}@example.org"
        (who,) = self._do("person.register", {"full_name": name, "email": email}).about
        self._do("person.give-consent", {"person_id": who}, who, Role.APPLICANT)
        return PersonId(who)

    def _until(self, day: date, hour: int) -> None:
        self._walk.clock.moment = max(self._walk.clock.moment, at(day, hour))

    def cohort(self, day: date, staff: list[PersonId], here: dict[PersonId, Side]) -> None:
        """From a plan to the day on which it starts; whoever is refused anything stays away."""
        self._until(day, 9)
        dates = {name: (day + timedelta(days=some)).isoformat() for name, some in SPAN.items()}
        this = {"cohort_id": CohortId.derived(self._walk.clock.now(), day.isoformat())}
        plan = {
            "title": f"One of two, {day}",
            "opens_on": day.isoformat(),
            **dates,
            "criteria": CRITERIA,
        }
        asks = {"places_per_side": EACH, "required_workshops": 2, "accept_within_days": 5}
        self._do("cohort.plan", {**this, **plan, **asks})
        self._do("cohort.open-applications", this)
        for number, who in enumerate(staff):
            mine = {"assessor_id": who, "lay": number % 2 == 0}
            self._do("assessment.appoint-assessor", {**this, **mine})
        found = ((who, self._applied(this, who, side)) for who, side in here.items())
        applications = {who: application for who, application in found if application}
        self._until(day + timedelta(days=SPAN["closes_on"] + 1), 8)
        self._do("cohort.close-applications", this)
        for one in applications.values():
            self._decided({"application_id": one}, staff[: self._enough(this["cohort_id"])])
        self._until(day + timedelta(days=SPAN["decisions_on"]), 10)
        self._released(this)
        for who, one in applications.items():
            self._do("offer.accept", {"application_id": one}, who, Role.APPLICANT)
            if here[who] is Side.HEALTHCARE_LEADER:
                self._do("place.confirm-employer-release", {"application_id": one})
        self._until(day + timedelta(days=SPAN["starts_on"]), 9)
        self._do("cohort.start", this)

    def _enough(self, cohort_id: CohortId) -> int:
        """How many assess each application, by the rules of the cohort."""
        return cohort_rules(self._walk.anew.know, cohort_id).numbers.assessments

    def _released(self, this: dict[str, Any], time: str | None = None) -> None:
        """Both co-chairs sign, and everybody hears."""
        self._both_sign("cohort.sign-release", **this)
        self._do("cohort.release-decisions", this, time=time)

    def _both_sign(self, name: str, **this: Any) -> None:
        """One co-chair for each side."""
        for side, who in CHAIRS.items():
            self._do(name, {**this, "side": side}, who, Role.CO_CHAIR)

    def _applied(self, this: dict[str, Any], who: PersonId, side: Side) -> ApplicationId | None:
        told = {"experiences": 2, "leadership": "A newsletter.", "interest": "I want to help."}
        mine = {**this, "person_id": who, "side": side, "profile": PROFILE, **told}
        wish = self._do("application.submit", mine, who, Role.APPLICANT)
        written = wish.answer.written if isinstance(wish.answer, Accepted) else ()
        return ApplicationId(written[0].subject) if written else None

    def _decided(self, this: dict[str, Any], assessors: list[PersonId]) -> None:
        for who in assessors:
            self._assessed_by(this, who)
        self._do("assessment.decide", {**this, "outcome": "offer"})

    def _assessed_by(self, this: dict[str, Any], who: PersonId, score: int = 4) -> None:
        """They score, as far as they may."""
        mine = {**this, "assessor_id": who}
        self._do("assessment.assign", mine)
        found = {"scores": {"interest": score, "leadership": score}, "recommendation": "offer"}
        self._do("assessment.submit", {**mine, **found}, who, Role.ASSESSOR)


def played(walk: "World") -> Beginning:
    """The beginning, in a walk that has just begun."""
    Script(walk, "two").two_cohorts()
    facts = zip(walk.log.rows, walk.anew.known, walk.anew.origins, strict=True)
    return Beginning(tuple(Line(*one) for one in facts), tuple(walk.log.settled), walk.clock.now())
