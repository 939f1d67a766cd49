"""A life in which all goes as it may: by it every command is accepted at least once."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, TypeVar

from domain.pairings.compatibility import Circle
from domain.pairings.pairing import Pairing, PairingState
from events.calendar import at, local_day
from events.cohorts import MOST_WORKSHOPS
from events.ids import CohortId, PersonId, TaskId
from events.needs import Kind
from events.pairings import PairingProposed
from events.rules import FIRST
from events.terms import Role, Side
from tests.walk.doings import IDEA, SIDES, NotNow, from_ten
from tests.walk.matched import Matched
from tests.walk.team import CHAIRS, DEPUTY, FACILITATES

T = TypeVar("T")


class WholeLife(Matched):
    """Everything that anybody may do, once."""

    def lived(self) -> None:
        """From an interest to the last check-in, in a world where two cohorts have started."""
        self._rules_are_signed()
        self._notes_the_hour()
        self._chosen_with_care()
        cohort_id, (here, there) = self._a_cohort(3, 3)
        self._starts_again(cohort_id)
        self._asks("matching.forbid-pair", cohort_id=cohort_id, **_two(here[2], there[2]))
        self._puts_right(cohort_id)
        self._asks("matching.allow-pair", cohort_id=cohort_id, **_two(here[2], there[2]))
        for one in (0, 2):
            self._asks("matching.lock-pair", cohort_id=cohort_id, **_two(here[one], there[one]))
        self._asks("matching.unlock-pair", cohort_id=cohort_id, **_two(here[2], there[2]))
        self._matched(cohort_id)
        pair = self._lead()
        self._names_others(pair)
        self._tells_in_vain(pair)
        self._lacks_something(cohort_id)
        self._learns(pair)
        self._parts_and_goes_on(pair)
        self._leaves(cohort_id)
        self._takes_no_part()
        self._asks("cohort.complete", cohort_id=pair.cohort_id)
        for scope in ({"cohort_id": pair.cohort_id}, {}):
            theirs = {"person_id": FACILITATES, "role": "facilitator", **scope}
            self._asks("role.grant", **theirs)
            self._asks("role.withdraw", **theirs, reason="role.stepped-down")
            self._asks("role.grant", **theirs)
        self._chairs_for_a_while(FACILITATES)
        self._called_off(pair.cohort_id)

    def _chairs_for_a_while(self, who: PersonId) -> None:
        days = {"starts_on": self._today, "ends_on": self._today + timedelta(days=9)}
        chair = {"person_id": who, "role": Role.CO_CHAIR.value}
        said = {name: day.isoformat() for name, day in days.items()}
        self._asks("role.grant", **chair, **said, side=SIDES[0].value)
        self._asks("role.withdraw", **chair, reason="role.granted-by-mistake")

    @property
    def _today(self) -> date:
        return local_day(self._walk.clock.now())

    def _starts_again(self, cohort_id: CohortId) -> None:
        """A start by mistake, taken back while nobody has met."""
        slip = {"cohort_id": cohort_id, "reason": "cohort.step-mistake"}
        self._asks("cohort.take-back-start", **slip)
        self._asks("cohort.start", cohort_id=cohort_id)

    def _rules_are_signed(self) -> None:
        """By both sides, and taken back before their day."""
        day = local_day(self._walk.clock.now()) + timedelta(days=10)
        rules, criteria = FIRST.model_dump(mode="json"), [{"code": "interest", "title": "Interest"}]
        data = {"in_force_from": day.isoformat(), "rules": rules, "criteria": criteria}
        this = {"rules_id": self._of(self._asks("rules.propose", **data))}
        self._both_sign("rules.sign", **this)
        back = {**this, "reason": "rules.proposed-by-mistake"}
        self._do("rules.take-back", back, CHAIRS[SIDES[0]], Role.CO_CHAIR)

    def _puts_right(self, cohort_id: CohortId) -> None:
        """Slips of the team, each taken back, and two who would like to be asked once more."""
        here, there = self._free(cohort_id)
        one, other = two = here[0], there[0]
        slip = {"reason": "pairing.mistake"}
        first = {"pairing_id": self._proposes(cohort_id, two).pairing_id}
        day = local_day(self._walk.clock.now()) + timedelta(days=20)
        self._asks("pairing.extend-proposal", **first, accept_by=day.isoformat())
        self._asks("pairing.take-back", **first, **slip)
        again = {"pairing_id": self._proposes(cohort_id, two).pairing_id}
        self._asks("pairing.decline", one, **again, person_id=one, reason="other")
        self._asks("pairing.take-back", **again, **slip)
        pair = self._leads(cohort_id, two)
        for name in ("pairing.end-for-team", "pairing.hold-out"):
            self._asks(name, person_id=other)
        self._asks("pairing.let-in", person_id=other, **slip)
        self._takes_back(pair, "end")
        self._ends(pair, one, "other")
        self._both_wish(one, other)
        self._ends(self._leads(cohort_id, two), other, "other")

    def _takes_back(self, pair: PairingProposed, step: str) -> None:
        slip = {"step": step, "reason": "pairing.mistake"}
        self._asks("pairing.take-back-step", pairing_id=pair.pairing_id, **slip)

    def _both_wish(self, one: PersonId, other: PersonId) -> None:
        for who, whom in ((one, other), (other, one)):
            self._asks("pairing.wish-again", who, person_id=who, other_id=whom)

    def _lead(self) -> PairingProposed:
        cohort_id, (here, there) = self._a_cohort(1, 1)
        pair = self._leads(cohort_id, (here[0], there[0]))
        this = {"pairing_id": pair.pairing_id}
        self._asks("pairing.pause", here[0], **this, reason="work")
        self._looked_after(TaskId.of(Kind.PAUSED, pair.pairing_id))
        self._asks("pairing.resume", here[0], **this)
        self._asks("pairing.pause", here[0], **this, reason="work")
        self._takes_back(pair, "pause")
        for kind in ("acquainted", "household"):
            self._tie(here[0], there[0], kind)
            known = {"person_id": here[0], "other_id": there[0], "kind": kind}
            over = {"reason": "relationship.over", "ended_on": self._today.isoformat()}
            self._asks("person.end-relationship", here[0], **known, **over)
        self._asks("pairing.resume", **this)
        return pair

    def _looked_after(self, task_id: TaskId) -> None:
        """Somebody takes a task on, and hands it on to somebody who does it, but for something."""
        self._asks("task.take", task_id=task_id)
        self._asks("task.hand-on", task_id=task_id, to_id=DEPUTY)
        self._asks("task.done", task_id=task_id, how="task.spoke-to-them")
        self._asks("task.reopen", task_id=task_id)

    def _names_others(self, pair: PairingProposed) -> None:
        """People who are no applicants: asked, and gone in each way."""
        one, other = pair.patient_leader_id, pair.healthcare_leader_id
        sue = self._a_contact(pair.cohort_id, one, "supporter")
        self._asks("contact.agree", **sue)
        self._asks("contact.decline", **sue)
        again = self._a_contact(pair.cohort_id, one, "supporter")
        self._asks("contact.end", one, **again, reason="contact.not-needed")
        day = local_day(self._walk.clock.now()) + timedelta(days=1)
        mae = self._a_contact(pair.cohort_id, other, "line-manager", until=day.isoformat())
        self._later(days=3)
        self._comes_due("contact.mark-unanswered", mae)
        self._comes_due("contact.lapse", mae)
        whose = {"pairing_id": pair.pairing_id, "proposed_by": one}
        project = self._of(self._asks("project.propose", one, **whose, **IDEA))
        there = {"cohort_id": pair.cohort_id, "project_id": project, "purpose": "host"}
        known = {"full_name": "Hari", "phone": "01632 960101"}
        hari = {"contact_id": self._of(self._asks("contact.name", other, **there, **known))}
        self._asks("contact.end", one, **hari, reason="contact.named-by-mistake")
        self._asks("contact.name", other, **there, **known)
        self._asks("project.stop", project_id=project, reason="project.not-possible")
        self._asks("project.stop", project_id=project, reason="project.host-withdrew")

    def _a_contact(self, cohort_id: CohortId, who: PersonId, as_what: str, **more: Any) -> Any:
        mine = {"cohort_id": cohort_id, "person_id": who, "purpose": as_what, **more}
        known = {"full_name": "Somebody Else", "email": "else@example.org"}
        return {"contact_id": self._of(self._asks("contact.name", who, **mine, **known))}

    def _learns(self, pair: PairingProposed) -> None:
        one, other = pair.patient_leader_id, pair.healthcare_leader_id
        this = {"workshop_id": self._workshop(pair.cohort_id, 2)}
        off = {
            "workshop_id": self._workshop(pair.cohort_id, 2),
            "reason": "workshop.too-few-people",
        }
        self._asks("workshop.cancel", **off)
        self._asks("workshop.cancel", **off | {"reason": "workshop.bad-weather"})
        both = {**this, "pairing_id": pair.pairing_id}
        self._asks("workshop.book-as-pair", one, **both, person_id=one)
        third = self._member(pair.cohort_id, one, other)
        self._asks("workshop.join-waiting-list", third, **this, person_id=third)
        gone = {**this, "reason": "booking.unwell"}
        self._asks("workshop.cancel-booking", other, **gone, person_id=other)
        another = gone | {"reason": "booking.needed-at-work"}
        self._asks("workshop.cancel-booking", other, **another, person_id=other)
        self._asks("workshop.take-held-place", third, **this, person_id=third)
        self._asks("workshop.join-waiting-list", other, **this, person_id=other)
        larger = {**this, "capacity": 3, "reason": "capacity.larger-room"}
        self._asks("workshop.change-capacity", **larger)
        self._later(days=3)
        self._asks("workshop.lapse-held-place", **this, person_id=other)
        self._changed_and_back(pair, this)
        day = self._moved(this)
        self._until(day - timedelta(days=2), 9)
        self._comes_due("workshop.remind", this)
        self._comes_due("workshop.offer-kept-places", this)
        self._until(day, 18)
        scan = {"scan_id": f"scan.{self._walk.steps}", "scanned_at": at(day, 10, 5).isoformat()}
        self._asks("workshop.record-attendance", **this, person_id=one, **scan)
        self._later(days=4)
        self._comes_due("workshop.remind-register", this)
        self._comes_due("workshop.mark-register-overdue", this)
        self._asks("workshop.close-register", **this)
        again = {**this, "reason": "attendance.closed-by-mistake"}
        self._asks("workshop.reopen-register", **again)
        self._asks("workshop.close-register", **this)
        right = {"attended": False, "reason": "attendance.left-early"}
        self._asks("workshop.make-up", **this, person_id=third, how="make-up.online")
        not_so = {**this, "person_id": third, "reason": "make-up.recorded-by-mistake"}
        self._asks("workshop.take-back-make-up", **not_so)
        self._asks("workshop.make-up", **this, person_id=third, how="make-up.online")
        wrote = {**this, "person_id": third, "words": "I was heard."}
        mine = {"reflection_id": self._of(self._asks("reflection.submit", third, **wrote))}
        self._asks("reflection.share", third, **mine, person_id=third)
        self._asks("reflection.withdraw", third, **mine, person_id=third)
        self._asks("workshop.correct-attendance", **this, person_id=one, **right)

    def _changed_and_back(self, pair: PairingProposed, this: dict[str, Any]) -> None:
        """Another venue, called off by mistake, and two who wait together: once they come to places
        that are held for both, and once they part for a while.
        """
        new = {"venue": "The Guildhall", "reason": "workshop.venue-not-available"}
        self._asks("workshop.amend", **this, **new)
        self._asks("workshop.cancel", **this, reason="workshop.entered-by-mistake")
        self._asks("workshop.reinstate", **this, reason="workshop.cancelled-by-mistake")
        one, both = pair.patient_leader_id, {"pairing_id": pair.pairing_id}
        there, third = self._wait_together(pair)
        gone = {"reason": "booking.unwell", "person_id": third}
        self._asks("workshop.cancel-booking", third, **there, **gone)
        self._asks("workshop.take-held-place", one, **there, person_id=one)
        self._wait_together(pair)
        self._asks("pairing.pause", one, **both, reason="work")
        self._asks("pairing.resume", one, **both)

    def _wait_together(self, pair: PairingProposed) -> tuple[dict[str, Any], PersonId]:
        """Two wait for two places, of which somebody has one."""
        one, other = pair.patient_leader_id, pair.healthcare_leader_id
        there = {"workshop_id": self._workshop(pair.cohort_id, 2)}
        third = self._member(pair.cohort_id, one, other)
        another = {"number": MOST_WORKSHOPS, "reason": "workshop.entered-by-mistake"}
        self._asks("workshop.amend", **there, **another)
        self._asks("workshop.book", third, **there, person_id=third)
        both = {"pairing_id": pair.pairing_id, "person_id": one}
        self._asks("workshop.join-waiting-list", one, **there, **both)
        return there, third

    def _moved(self, this: dict[str, Any]) -> date:
        day = local_day(self._walk.clock.now()) + timedelta(days=10)
        self._asks("workshop.reschedule", **this, **from_ten(day), reason="workshop.bad-weather")
        return day

    def _member(self, cohort_id: CohortId, *but: PersonId) -> PersonId:
        return self._first_of(one for one in self._walk.lives.members[cohort_id] if one not in but)

    def _first_of(self, some: Iterator[T]) -> T:
        found: T | None = next(some, None)
        if found is None:
            raise NotNow
        return found

    def _improves(self, pair: PairingProposed) -> dict[str, Any]:
        one, other = pair.patient_leader_id, pair.healthcare_leader_id
        whose = {"pairing_id": pair.pairing_id, "proposed_by": one}
        this = {"project_id": self._of(self._asks("project.propose", one, **whose, **IDEA))}
        self._asks("project.request-changes", **this, reason="project.too-big")
        better = {"title": "Kind letters", "aim": "Be kind."}
        self._asks("project.revise", other, **this, person_id=other, **better)
        self._asks("project.agree-host", **this, host="RH8", host_name="Royal Devon")
        self._asks("project.approve", **this)
        return this

    def _reaches(self, this: dict[str, Any], one: PersonId, other: PersonId) -> None:
        day = local_day(self._walk.clock.now()) + timedelta(days=20)
        plan = {**this, "title": "Ask", "due_on": day.isoformat()}
        step = {"milestone_id": self._of(self._asks("milestone.plan", one, **plan))}
        sooner = {"due_on": (day - timedelta(days=10)).isoformat(), "reason": "milestone.more-time"}
        self._asks("milestone.reschedule", one, **step, **sooner)
        self._until(day - timedelta(days=12), 9)
        self._comes_due("milestone.remind", step)
        self._until(day - timedelta(days=9), 9)
        self._comes_due("milestone.mark-overdue", step)
        said = {**step, "person_id": one, "words": "Done."}
        self._asks("milestone.report", one, **said)
        back = {**step, "person_id": other, "reason": "milestone.talk-first"}
        self._asks("milestone.return", other, **back)
        self._asks("milestone.report", one, **said)
        self._asks("milestone.confirm", other, **step, person_id=other)
        back = {"reason": "milestone.confirmed-by-mistake"}
        self._asks("milestone.unconfirm", other, **step, **back)
        self._asks("milestone.confirm", other, **step, person_id=other)
        another = {**this, "due_on": (day + timedelta(days=9)).isoformat()}
        others = [
            {"milestone_id": self._of(self._asks("milestone.plan", one, **another, **more))}
            for more in ({"title": "Tell"}, {"title": "Listen"})
        ]
        self._asks("milestone.rename", one, **others[0], title="Tell all")
        self._asks("milestone.drop", one, **others[0], reason="milestone.planned-by-mistake")
        self._asks("milestone.drop", one, **others[0], reason="milestone.not-needed")
        self._asks("milestone.miss", one, **others[1], reason="milestone.no-time-left")

    def _parts_and_goes_on(self, pair: PairingProposed) -> None:
        one, other = pair.patient_leader_id, pair.healthcare_leader_id
        this = self._improves(pair)
        self._ends(pair, other, "moved-away", leaver=other)
        there = self._free(pair.cohort_id)[SIDES.index(Side.HEALTHCARE_LEADER)]
        another = self._first_of(who for who in there if who != other)
        if another in self._walk.anew.know(Circle(one)).asked.values():
            self._both_wish(one, another)
        new = self._leads(pair.cohort_id, (one, another))
        both = new.patient_leader_id, new.healthcare_leader_id
        self._reaches(this, *both)
        better = {"person_id": one, "title": "Kind letters to all", "aim": "Be kind to all."}
        self._asks("project.amend", **this, **better)
        all_the_same = {"reason": "project.aim-reached-all-the-same"}
        self._asks("project.complete", **this, **all_the_same)
        self._asks("project.take-up-again", **this, reason="project.ended-by-mistake")
        self._asks("project.complete", **this, **all_the_same)
        self._asks("project.complete", **this, reason="project.as-far-as-possible")
        whose = {"pairing_id": new.pairing_id, "proposed_by": one}
        stopped = self._of(self._asks("project.propose", one, **whose, **IDEA))
        self._asks("project.stop", project_id=stopped, reason="project.not-possible")
        self._after(new, one)
        this = {"cohort_id": pair.cohort_id}
        self._asks("cohort.complete", **this)
        away = self._member(pair.cohort_id, one, other, another)
        self._asks_for_themselves("person.withdraw-consent", away, purpose="programme")
        for step in ("cohort.take-back-completion", "cohort.take-back-start"):
            self._asks(step, **this, reason="cohort.step-mistake")

    def _leaves(self, cohort_id: CohortId) -> None:
        """Somebody who leads with somebody, and has a place on a workshop."""
        mine = self._leading_in(cohort_id)
        this = {"workshop_id": self._workshop(cohort_id, 2), "person_id": mine}
        self._asks("workshop.book", mine, **this)
        self._asks("place.give-up", mine, cohort_id=cohort_id, person_id=mine)

    def _takes_no_part(self) -> None:
        """Two have completed, and one of them does not agree to the use of their data any more."""
        pair, (one, _) = self._a_pair()
        self._asks("pairing.complete", pairing_id=pair.pairing_id)
        self._asks_for_themselves("person.withdraw-consent", one, purpose="programme")

    def _called_off(self, but: CohortId) -> None:
        """A cohort that has started is cancelled, and all that belongs to it ends."""
        cohort_id = self._first_of(one for one in self._walk.lives.plans if self._is_free(one, but))
        here, there = self._free(cohort_id)
        pair = self._leads(cohort_id, (here[0], there[0]))
        whose = {"pairing_id": pair.pairing_id, "proposed_by": here[0]}
        self._asks("project.propose", here[0], **whose, **IDEA)
        self._workshop(cohort_id, 2)
        self._asks("cohort.cancel", cohort_id=cohort_id, reason="cohort.no-funding")

    def _is_free(self, cohort_id: CohortId, but: CohortId) -> bool:
        return cohort_id != but and all(self._free(cohort_id))

    def _leading_in(self, cohort_id: CohortId) -> PersonId:
        known = [one for one in self._walk.lives.pairs.values() if one.cohort_id == cohort_id]
        states = [(one, self._walk.anew.know(Pairing(one.pairing_id)).state) for one in known]
        active = [one for one, state in states if state is PairingState.ACTIVE]
        return self._first_of(one.patient_leader_id for one in active)

    def _after(self, pair: PairingProposed, one: PersonId) -> None:
        this = {"pairing_id": pair.pairing_id}
        self._asks("pairing.complete", **this)
        self._takes_back(pair, "completion")
        self._asks("pairing.complete", **this)
        self._asks("continuation.agree", one, **this)
        self._later(days=100)
        self._comes_due("continuation.check-in", {**this, "months": 3})
        answer = {"months": 3, "leading_together": True}
        self._asks("continuation.report", one, **this, person_id=one, **answer)
        self._asks("continuation.end", one, **this, reason="goal-reached")


def _two(one: PersonId, other: PersonId) -> dict[str, Any]:
    return {"patient_leader_id": one, "healthcare_leader_id": other, "reason": "other"}
