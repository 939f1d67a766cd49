"""What people of a world do together in cohorts that have started, as far as it goes now."""

from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

from domain.concerns.heads import APART, fixed_hour
from domain.pairings.availability import Availability
from domain.pairings.compatibility import Circle
from domain.pairings.engagement import Engagement
from events.calendar import at, local_day
from events.ids import CohortId, NoticeId, PersonId, WorkshopId
from events.pairings import PairingProposed
from events.terms import Lack, Role, Side, System
from services.log.wishes import Accepted, Wish
from tests.walk.beginning import Script
from tests.walk.wishes import CRITERIA, NOTIFIER, WORKER, later

if TYPE_CHECKING:
    from tests.walk.walk import Walk

Two = tuple[PersonId, PersonId]
SIDES: Final = tuple(Side)
IDEA: Final = {"title": "Kinder letters", "theme": "access-to-care", "aim": "Be understood."}


def from_ten(day: date) -> dict[str, str]:
    """When a workshop is on a day: six hours."""
    begins = at(day, 10)
    return {"starts_at": begins.isoformat(), "ends_at": later(begins.isoformat(), hours=6)}


class NotNow(Exception):
    """Who it takes is not there."""


class Doings(Script):
    """People of a world, and what they do; `NotNow` where it takes somebody who is not there."""

    _walk: "Walk"

    def __init__(self, walk: "Walk", chance: Random) -> None:
        super().__init__(walk, f"mistakes {walk.steps}")
        self._chance = chance

    def _free(self, cohort_id: CohortId) -> list[list[PersonId]]:
        """Who of each side has no partner anywhere, is not held out, nor was erased."""
        sides: list[list[PersonId]] = [[], []]
        for who, side in self._walk.lives.members[cohort_id].items():
            known = self._walk.anew.know(Engagement(cohort_id, who))
            free = known.confirmed and not known.erased and known.pairing_id is None
            if free and self._walk.anew.know(Availability(who)).free:
                sides[SIDES.index(side)].append(who)
        return sides

    def _a_cohort(self, *least: int) -> tuple[CohortId, list[list[PersonId]]]:
        """One with so many people on each side who are free, in any order in which those who stand
        beside one another were not asked before.
        """
        for cohort_id in reversed(self._walk.lives.plans):
            sides = self._free(cohort_id)
            if all(len(some) >= few for some, few in zip(sides, least, strict=True)):
                for some in sides:
                    self._chance.shuffle(some)
                self._beside_whom_they_may(*sides)
                return cohort_id, sides
        raise NotNow

    def _beside_whom_they_may(self, here: list[PersonId], there: list[PersonId]) -> None:
        for place, one in enumerate(here[: len(there)]):
            circle = self._walk.anew.know(Circle(one))
            never = {*circle.asked.values(), *circle.parted.values()}
            fits = (at for at in range(place, len(there)) if there[at] not in never)
            other = next(fits, place)
            there[place], there[other] = there[other], there[place]

    def _is_refused(self, wish: Wish) -> None:
        """What must not be so brings nothing about."""
        assert not (isinstance(wish.answer, Accepted) and wish.answer.written), wish

    def _asks(self, name: str, by: Any = None, **data: Any) -> Wish:
        return self._do(name, data, by, None if by else Role.COORDINATOR)

    def _asks_for_themselves(self, name: str, who: PersonId, **data: Any) -> None:
        self._do(name, {"person_id": who, **data}, who, Role.APPLICANT)

    def _notes_the_hour(self) -> None:
        """Where the log of what is told in confidence ends, as its worker has it noted; and once
        too early.
        """
        hour = fixed_hour(self._walk.clock.now())
        for moment in (hour, hour + APART):
            head = {"hour": moment.isoformat(), "digest": "0" * 32}
            self._do("concerns.note-head", head, f"system:{System.SAFEGUARDING}", Role.SYSTEM)

    def _comes_due(self, name: str, this: dict[str, Any]) -> None:
        self._do(name, this, WORKER, Role.SYSTEM)

    def _tells_in_vain(self, pair: PairingProposed) -> None:
        """A message that does not arrive, and what the team does about it."""
        this = {"notice_id": NoticeId.derived(self._walk.clock.now(), "in vain")}
        told = {**this, "cohort_id": pair.cohort_id, "person_id": pair.patient_leader_id}
        again: Any = ("notice.send-again", {}), ("notice.done", {"how": "notice.rang-them"})
        for name, given in again:
            self._reports("notice.report", {**told, "template": "pairing.paused", "why": "bounced"})
            self._asks(name, **this, **given)
        self._reports("notice.report", {**told, "template": "pairing.paused", "why": "by-hand"})
        self._reports("notice.settle", this)

    def _lacks_something(self, cohort_id: CohortId) -> None:
        """Each kind of thing that may be lacking, of a cohort and of none."""
        for of in ({"cohort_id": cohort_id}, {}):
            for lacks in Lack:
                for name in ("trouble.note", "trouble.note", "trouble.settle", "trouble.settle"):
                    self._comes_due(name, {**of, "lacks": lacks.value})

    def _reports(self, name: str, this: dict[str, Any]) -> None:
        self._do(name, this, NOTIFIER, Role.SYSTEM)

    def _proposing(self, cohort_id: CohortId, two: Two, **more: Any) -> Wish:
        both = dict(zip(("patient_leader_id", "healthcare_leader_id"), two, strict=True))
        return self._do("pairing.propose", {"cohort_id": cohort_id, **both}, **more)

    def _proposes(self, cohort_id: CohortId, two: Two, **more: Any) -> PairingProposed:
        wish = self._proposing(cohort_id, two, **more)
        if not isinstance(wish.answer, Accepted) or not wish.answer.written:
            raise NotNow
        known = self._walk.anew.opened[wish.answer.written[0].position - 1]
        assert isinstance(known, PairingProposed)
        return known

    def _leads(self, cohort_id: CohortId, two: Two) -> PairingProposed:
        """Two who lead together."""
        pair = self._proposes(cohort_id, two)
        for who in two:
            self._asks("pairing.accept", who, pairing_id=pair.pairing_id, person_id=who)
        return pair

    def _a_pair(self) -> tuple[PairingProposed, Two]:
        cohort_id, (here, there) = self._a_cohort(1, 1)
        two = here[0], there[0]
        return self._leads(cohort_id, two), two

    def _ends(self, pair: PairingProposed, by: PersonId, reason: str, **more: Any) -> Wish:
        this = {"pairing_id": pair.pairing_id, "reported_by": by, "reason": reason}
        return self._asks("pairing.end", by, **this, **more)

    def _later(self, **by: float) -> datetime:
        self._walk.clock.moment += timedelta(**by)
        return self._walk.clock.now()

    def _something_else(self, who: PersonId) -> None:
        """A fact by which one can see that time has passed."""
        needs = {"access_needs": "A seat near the door."}
        self._asks_for_themselves("person.state-access-needs", who, **needs)

    def _tie(self, one: PersonId, other: PersonId, kind: str) -> None:
        tie = {"other_id": other, "kind": kind}
        self._asks_for_themselves("person.declare-relationship", one, **tie)

    def _workshop(self, cohort_id: CohortId, capacity: int) -> WorkshopId:
        when = from_ten(local_day(self._walk.clock.now()) + timedelta(days=20))
        for number in range(5, 13):
            this = {"cohort_id": cohort_id, "number": number, "capacity": capacity, **when}
            wish = self._asks("workshop.schedule", title="Skills", venue="The library", **this)
            if isinstance(wish.answer, Accepted):
                return WorkshopId(wish.answer.written[0].subject)
        raise NotNow

    def _two_cohorts(self) -> list[tuple[CohortId, CohortId]]:
        known = list(self._walk.lives.plans)
        return [(one, other) for one in known for other in known if one != other]

    def _opened(
        self, day: Any, assessors: tuple[PersonId, ...], starts: int = 60
    ) -> dict[str, Any]:
        self._until(day, 9)
        dates = {"closes_on": 2, "decisions_on": 4, "starts_on": starts, "ends_on": 90}
        plan = {name: (day + timedelta(days=some)).isoformat() for name, some in dates.items()}
        this = {"cohort_id": CohortId.derived(self._walk.clock.now(), self._name)}
        more = {"title": f"A hasty one, {day}", "opens_on": day.isoformat(), "criteria": CRITERIA}
        self._asks("cohort.plan", **this, **plan, **more, places_per_side=2, accept_within_days=5)
        self._asks("cohort.open-applications", **this)
        for number, who in enumerate(assessors):
            self._asks("assessment.appoint-assessor", **this, assessor_id=who, lay=number == 0)
        return this
