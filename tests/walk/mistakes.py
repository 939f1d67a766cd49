"""Ordinary mistakes, each in a few steps: what somebody does who means no harm, and where there is
nothing yet that keeps it from going wrong. Names in brackets are what is found of it; where there
are none it is refused, or put right.
"""

from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from events.calendar import at, local_day
from events.ids import PersonId
from events.terms import Role
from services.log.wishes import Accepted
from tests.walk.doings import IDEA, SIDES, Doings, NotNow, from_ten


class Mistakes(Doings):
    """People who make mistakes."""

    def one(self, name: str) -> None:
        """Make one of them, as far as it goes now."""
        try:
            MISTAKES[name](self)
        except NotNow:
            self._walk.counts["mistakes", name] += 1

    def names_the_other(self) -> None:
        """Whoever ends it says that the other one leaves: refused."""
        pair, (one, other) = self._a_pair()
        self._is_refused(self._ends(pair, other, "no-time", leaver=one))

    def leaves_and_stays(self) -> None:
        """Left the programme: the place is given up with it."""
        pair, (one, _) = self._a_pair()
        self._ends(pair, one, "left-programme", leaver=one)

    def leaves_nobody(self) -> None:
        """Whoever leads with somebody erased leaves, and comes first."""
        pair, (one, other) = self._a_pair()
        self._walk.erase(one)
        self._ends(pair, other, "no-time", leaver=other)

    def held_out(self) -> None:
        """The team ends a pairing and holds one of them out, who is asked about at once: refused,
        and so are the two.
        """
        cohort_id, (here, there) = self._a_cohort(2, 1)
        self._leads(cohort_id, (here[0], there[0]))
        for name in ("pairing.end-for-team", "pairing.hold-out"):
            self._asks(name, person_id=there[0])
        self._is_refused(self._proposing(cohort_id, (here[1], there[0])))
        self._asks("pairing.let-in", person_id=there[0], reason="team")
        self._is_refused(self._proposing(cohort_id, (here[0], there[0])))

    def tie_that_begins_later(self) -> None:
        """Partners become one household, and would go on: they are held."""
        pair, (one, other) = self._a_pair()
        self._asks("pairing.pause", one, pairing_id=pair.pairing_id, reason="away")
        self._tie(one, other, "household")
        self._asks("pairing.resume", one, pairing_id=pair.pairing_id)

    def says_who_treats_them(self) -> None:
        """A patient names their doctor, the wrong way round: it is refused."""
        _, (here, there) = self._a_cohort(1, 1)
        self._tie(here[0], there[0], "treats")

    def parted_and_asked_again(self) -> None:
        """In another cohort: refused."""
        for cohort_id, other_id in self._two_cohorts():
            here, there = self._free(cohort_id), self._free(other_id)
            one, other = ([who for who in a if who in b] for a, b in zip(here, there, strict=True))
            if one and other:
                pair = self._leads(cohort_id, (one[0], other[0]))
                this = {"pairing_id": pair.pairing_id}
                self._asks("pairing.complete", **this)
                self._asks("continuation.agree", one[0], **this)
                self._asks("continuation.end", one[0], **this, reason="relationship")
                self._is_refused(self._proposing(other_id, (one[0], other[0])))
                return
        raise NotNow

    def two_partners(self) -> None:
        """One in each cohort: refused."""
        for cohort_id, other_id in self._two_cohorts():
            here, there = self._free(cohort_id), self._free(other_id)
            both = [who for who in here[0] if who in there[0]]
            if both and len(here[1]) > 1 and there[1]:
                self._leads(cohort_id, (both[0], here[1][0]))
                another = next(who for who in (*there[1], *here[1][1:]) if who != here[1][0])
                self._is_refused(self._proposing(other_id, (both[0], another)))
                return
        raise NotNow

    def project_left_behind(self) -> None:
        """Two who lost a partner find each other: the project of one of them goes along."""
        cohort_id, (here, there) = self._a_cohort(2, 2)
        first = self._leads(cohort_id, (here[0], there[0]))
        self._later(minutes=1)
        second = self._leads(cohort_id, (here[1], there[1]))
        whose = {"pairing_id": second.pairing_id, "proposed_by": there[1]}
        self._asks("project.propose", there[1], **whose, **IDEA)
        self._ends(first, there[0], "moved-away", leaver=there[0])
        self._ends(second, here[1], "moved-away", leaver=here[1])
        self._leads(cohort_id, (here[0], there[1]))
        self._later(hours=3)
        self._something_else(here[1])

    def due_while_they_pause(self) -> None:
        """A step's day comes, and time rests: nothing is said of it until they go on."""
        pair, (one, _) = self._a_pair()
        whose = {"pairing_id": pair.pairing_id, "proposed_by": one}
        wish = self._asks("project.propose", one, **whose, **IDEA)
        if not isinstance(wish.answer, Accepted):
            raise NotNow
        this = {"project_id": wish.answer.written[0].subject}
        self._asks("project.agree-host", **this, host="RH8", host_name="Royal Devon")
        self._asks("project.approve", **this)
        day = local_day(self._walk.clock.now()) + timedelta(days=2)
        wish = self._asks("milestone.plan", one, **this, title="Ask", due_on=day.isoformat())
        self._asks("pairing.pause", one, pairing_id=pair.pairing_id, reason="away")
        self._later(days=4)
        if isinstance(wish.answer, Accepted):
            step = {"milestone_id": wish.answer.written[0].subject}
            self._asks("milestone.mark-overdue", **step)
            later = (day + timedelta(days=20)).isoformat()
            self._asks("milestone.reschedule", one, **step, due_on=later, reason="milestone.health")
            self._asks("pairing.resume", one, pairing_id=pair.pairing_id)

    def waits_alone_beside_a_place(self) -> None:
        """Two wait for two places, one is free, they part: each waits alone."""
        cohort_id, (here, there) = self._a_cohort(2, 1)
        this = {"workshop_id": self._workshop(cohort_id, 2)}
        self._asks("workshop.book", here[1], **this, person_id=here[1])
        pair = self._leads(cohort_id, (here[0], there[0]))
        waits = {**this, "person_id": here[0], "pairing_id": pair.pairing_id}
        self._asks("workshop.join-waiting-list", here[0], **waits)
        self._ends(pair, here[0], "other")
        self._later(hours=60)
        self._something_else(here[1])

    def waits_as_a_pair(self) -> None:
        """One had a place, gave it back, and waits alone; the other waits as one of two."""
        cohort_id, (here, there) = self._a_cohort(2, 2)
        this = {"workshop_id": self._workshop(cohort_id, 2)}
        pair = self._leads(cohort_id, (here[0], there[0]))
        for who in here[:2]:
            self._asks("workshop.book", who, **this, person_id=who)
        self._asks("workshop.join-waiting-list", there[1], **this, person_id=there[1])
        waits = {**this, "person_id": there[0], "pairing_id": pair.pairing_id}
        self._asks("workshop.join-waiting-list", there[0], **waits)
        gone = {**this, "reason": "booking.unwell"}
        self._asks("workshop.cancel-booking", here[0], **gone, person_id=here[0])
        self._do("workshop.offer-held-places", {"workshop_id": this["workshop_id"]})
        self._asks("workshop.join-waiting-list", here[0], **this, person_id=here[0])
        self._asks("workshop.cancel-booking", here[1], **gone, person_id=here[1])

    def came_before_it_was_open(self) -> None:
        """A scan of the afternoon, in the morning: it counts once the afternoon has come."""
        cohort_id, (here, _) = self._a_cohort(1, 0)
        this = {"workshop_id": self._workshop(cohort_id, 4), "person_id": here[0]}
        self._asks("workshop.book", here[0], **this)
        day = local_day(self._walk.clock.now()) + timedelta(days=20)
        self._walk.clock.moment = at(day, 7)
        scan = {"scan_id": f"early.{self._walk.steps}", "scanned_at": at(day, 15).isoformat()}
        self._asks("workshop.record-attendance", **this, **scan)
        self._walk.clock.moment = at(day, 16)
        self._asks("workshop.record-attendance", **this, **scan)

    def waits_for_a_second_place(self) -> None:
        """Two are first in line beside a single place, and a week before it goes to the next."""
        cohort_id, (here, there) = self._a_cohort(3, 1)
        this = {"workshop_id": self._workshop(cohort_id, 2)}
        pair = self._leads(cohort_id, (here[0], there[0]))
        self._asks("workshop.book", here[1], **this, person_id=here[1])
        waits = {**this, "person_id": here[0], "pairing_id": pair.pairing_id}
        self._asks("workshop.join-waiting-list", here[0], **waits)
        self._asks("workshop.join-waiting-list", here[2], **this, person_id=here[2])
        self._later(days=15)
        self._comes_due("workshop.offer-kept-places", this)

    def called_off_by_mistake(self) -> None:
        """A workshop with a place held and a turn waited for; one leaves before it is put right."""
        cohort_id, (here, _) = self._a_cohort(4, 0)
        this = {"workshop_id": self._workshop(cohort_id, 2)}
        for who in here[:2]:
            self._asks("workshop.book", who, **this, person_id=who)
        for who in here[2:4]:
            self._asks("workshop.join-waiting-list", who, **this, person_id=who)
        gone = {**this, "reason": "booking.unwell", "person_id": here[1]}
        self._asks("workshop.cancel-booking", here[1], **gone)
        self._asks("workshop.cancel", **this, reason="workshop.entered-by-mistake")
        self._asks("place.give-up", here[0], cohort_id=cohort_id, person_id=here[0])
        self._later(days=3)
        self._asks("workshop.reinstate", **this, reason="workshop.cancelled-by-mistake")
        self._later(hours=60)
        self._something_else(here[1])

    def moved_when_some_had_come(self) -> None:
        """Scanned in at the door, and then it moves to another day."""
        cohort_id, (here, _) = self._a_cohort(1, 0)
        this = {"workshop_id": self._workshop(cohort_id, 4)}
        self._asks("workshop.book", here[0], **this, person_id=here[0])
        day = local_day(self._walk.clock.now()) + timedelta(days=20)
        self._walk.clock.moment = at(day, 9, 30)
        scan = {"scan_id": f"moved.{self._walk.steps}", "scanned_at": at(day, 9, 15).isoformat()}
        self._asks("workshop.record-attendance", **this, person_id=here[0], **scan)
        when = from_ten(day + timedelta(days=7))
        self._asks("workshop.reschedule", **this, **when, reason="workshop.bad-weather")
        self._walk.clock.moment = at(day + timedelta(days=7), 18)
        self._asks("workshop.record-attendance", **this, person_id=here[0], **scan)
        self._later(days=5)
        self._comes_due("workshop.mark-register-overdue", this)
        self._asks("workshop.close-register", **this)

    def asked_when_it_was_over(self) -> None:
        """Entered for a day long ago: they have as long as everybody."""
        cohort_id, (here, there) = self._a_cohort(1, 1)
        earlier = (self._walk.clock.now() - timedelta(days=30)).isoformat()
        self._proposes(cohort_id, (here[0], there[0]), time=earlier)

    def over_by_mistake(self) -> None:
        """A cohort is said to be over; before that is taken back one of it does not agree any more
        to the use of their data, and an assessor turns out to be close to another one.
        """
        cohort_id, (here, _) = self._a_cohort(2, 0)
        this = {"cohort_id": cohort_id}
        self._until(self._walk.lives.plans[cohort_id].ends_on, 9)
        self._asks("cohort.complete", **this)
        self._asks_for_themselves("person.withdraw-consent", here[0], purpose="programme")
        self._tie(next(iter(self._walk.lives.assessors[cohort_id])), here[1], "family")
        self._asks("cohort.take-back-completion", **this, reason="cohort.step-mistake")
        self._later(hours=3)
        self.person(f"{self._name} who is new")

    def goes_on_when_cancelled(self) -> None:
        """Called off, and a pair says yes: refused."""
        cohort_id, (here, there) = self._a_cohort(1, 1)
        pair = self._proposes(cohort_id, (here[0], there[0]))
        self._asks("cohort.cancel", cohort_id=cohort_id, reason="cohort.no-venue")
        yes = {"pairing_id": pair.pairing_id, "person_id": here[0]}
        self._is_refused(self._asks("pairing.accept", here[0], **yes))

    def selection(self) -> None:
        """An applicant would assess and would decide on themselves, a tie comes late, all is
        released for a day long ago, whoever says no comes on the list beside their own place, and
        another tie comes when everybody has heard: all of it is refused, or put right.
        """
        names = [f"{self._name} {number}" for number in range(6)]
        lay, other, third, *people = [self.person(name) for name in names]
        day = local_day(self._walk.clock.now()) + timedelta(days=1)
        this = self._opened(day, (lay, other, third, people[0]))
        sides = (SIDES[0], SIDES[0], SIDES[1])
        mine = {who: self._applied(this, who, it) for who, it in zip(people, sides, strict=True)}
        self._until(day + timedelta(days=3), 8)
        self._asks("cohort.close-applications", **this)
        for application_id in mine.values():
            self._assessed_by({"application_id": application_id}, people[0])
            self._decided({"application_id": application_id}, [lay, other])
        self._on_themselves(this, people[0], mine[people[0]])
        late = {"application_id": mine[people[2]]}
        self._tie(other, people[2], "family")
        self._until(day + timedelta(days=24), 10)
        time = at(day + timedelta(days=4), 10).isoformat()
        self._released(this, time)
        self._decided(late, [third])
        self._released(this, time)
        self._asks("offer.decline", people[2], **late, reason="offer.work")
        self._asks("reserve.list-again", **late, reason="reserve.our-mistake")
        self._tie(people[1], other, "household")
        heard = {"application_id": mine[people[1]]}
        self._asks("assessment.assign", **heard, assessor_id=third)
        self._assessed_by(heard, third)
        again = {"outcome": "offer", "reason": "decision.looked-at-again"}
        self._both_sign("decision.correct", **heard, **again)
        self._later(days=3)
        self._something_else(people[1])

    def over_while_two_wait(self) -> None:
        """Two wait for two places, and part while their cohort is said to be over: a single place
        waits for each of them once that is taken back.
        """
        cohort_id, (here, there) = self._a_cohort(2, 1)
        self._until(self._walk.lives.plans[cohort_id].ends_on, 9)
        this = {"workshop_id": self._workshop(cohort_id, 2)}
        self._asks("workshop.book", here[1], **this, person_id=here[1])
        pair = self._leads(cohort_id, (here[0], there[0]))
        waits = {**this, "person_id": here[0], "pairing_id": pair.pairing_id}
        self._asks("workshop.join-waiting-list", here[0], **waits)
        self._asks("cohort.complete", cohort_id=cohort_id)
        self._ends(pair, here[0], "other")
        self._later(hours=3)
        slip = {"cohort_id": cohort_id, "reason": "cohort.step-mistake"}
        self._asks("cohort.take-back-completion", **slip)
        self._later(hours=3)
        self._something_else(here[1])

    def _on_themselves(self, this: dict[str, Any], who: PersonId, application_id: Any) -> None:
        """A co-chair who has applied would decide on themselves."""
        reserve = {"outcome": "reserve", "reason": "decision.mistake"}
        own = {"application_id": application_id, **reserve, "reasons": ["score.others-higher"]}
        chair = {"person_id": who, "role": "co-chair", "side": SIDES[0]}
        self._asks("role.grant", **this, **chair)
        self._do("assessment.change-decision", own, who, Role.CO_CHAIR)


MISTAKES: Final = MappingProxyType(
    {
        name: method
        for name, method in vars(Mistakes).items()
        if callable(method) and not name.startswith("_") and name != "one"
    }
)
"""By name; each says in brackets what is found of it, as long as that is not mended."""


def found_of(name: str) -> list[str]:
    """The names of what is found of a mistake."""
    said = MISTAKES[name].__doc__ or ""
    return [one.partition("]")[0] for one in said.split("[")[1:]]
