"""A selection in which all goes as it may, with everything that may come between."""

from datetime import date, timedelta
from typing import Any, Final

from events.calendar import local_day
from events.ids import ApplicationId, ImportId, PersonId
from events.terms import AskedBy, Role
from services.log.wishes import Accepted, Wish
from tests.walk.beginning import PROFILE
from tests.walk.doings import SIDES, Doings, NotNow
from tests.walk.team import IMPORTS

TWICE: Final = "merge.registered-twice"


class ChosenWithCare(Doings):
    """From an interest to a place, and back."""

    def _of(self, wish: Wish) -> str:
        if not isinstance(wish.answer, Accepted) or not wish.answer.written:
            raise NotNow
        return wish.answer.written[0].subject

    def _chosen_with_care(self) -> None:
        """With all that may come between."""
        names = [f"{self._name} of {one}" for one in range(9)]
        lay, other, third, rival, *people = [self.person(one) for one in names]
        day = local_day(self._walk.clock.now()) + timedelta(days=1)
        this = self._opened(day, (lay, other, third, rival), starts=12)
        self._planned_otherwise(this, day)
        self._before(this, people[0], day)
        self._imported(this)
        self._agrees_no_more(self.person(f"{self._name} who goes"))
        sides = (SIDES[0], SIDES[0], SIDES[0], SIDES[1], SIDES[0])
        mine = {who: self._applied(this, who, it) for who, it in zip(people, sides, strict=True)}
        self._asks("assessment.assign", application_id=mine[people[1]], assessor_id=rival)
        his = {"application_id": self._applied(this, rival, SIDES[1])}
        self._asks("application.withdraw", rival, **his, reason="application.changed-mind")
        self._assessed(mine, people, (lay, other, third))
        self._until(day + timedelta(days=4), 10)
        again = self._came_again(rival, people[0])
        self._released(this)
        self._offered(this, mine, people)
        back = {"merged_id": people[0], "reason": "part.mistake"}
        self._asks("person.part", **back)
        self._asks("person.merge", person_id=again, merged_id=people[0], reason=TWICE)
        plan = self._a_plan(local_day(self._walk.clock.now()))
        another = {"cohort_id": self._of(self._asks("cohort.plan", **plan))}
        self._asks("cohort.amend-plan", **another, **self._all_otherwise(plan))
        off = {**another, "reason": "cohort.planned-by-mistake"}
        self._asks("cohort.cancel", **off)
        self._asks("cohort.cancel", **off | {"reason": "cohort.no-venue"})

    def _imported(self, this: dict[str, Any]) -> None:
        """A file of one row, which was the wrong one; and the same once more, rightly."""
        who = self.person(f"{self._name} of a file")
        for number, reason in enumerate(("import.wrong-file", None)):
            mine = {"import_id": ImportId.derived(self._walk.clock.now(), str(number))}
            self._asks("import.begin", **mine, **this, file={"rows": 1, "digest": "0" * 64})
            told = {"experiences": 2, "leadership": "A newsletter.", "interest": "I want to help."}
            data = {**this, "person_id": who, "side": SIDES[0], "profile": PROFILE, **told}
            said = {"importid": mine["import_id"], "onbehalfof": who, "asked": AskedBy.FORM}
            form = {**data, "once_more": reason is None}
            came = self._do("application.submit", form, IMPORTS, Role.IMPORTER, **said)
            ends = {"accepted": 1, "already": 0, "refused": 0, "to_be_asked_about": 0}
            self._asks("import.end", **mine, ends=ends)
            if reason:
                self._asks("import.take-back", **mine, reason=reason)
                self._asks("application.take-back", application_id=self._of(came))
        gone = {"application_id": self._of(came), "reason": "application.no-time"}
        self._asks("application.withdraw", who, **gone)

    def _came_again(self, rival: PersonId, who: PersonId) -> PersonId:
        """One who took an application back comes under another address, and one who waits for a
        place under another name.
        """
        once_more, again = (self.person(f"{self._name} {one}") for one in ("once more", "again"))
        self._asks("person.merge", person_id=once_more, merged_id=rival, reason=TWICE)
        self._asks_for_themselves("person.give-consent", rival, purpose="research")
        self._asks("person.merge", person_id=again, merged_id=who, reason=TWICE)
        return again

    def _a_plan(self, day: date) -> dict[str, Any]:
        dates = ("opens_on", "closes_on", "decisions_on", "starts_on", "ends_on")
        plan = {name: (day + timedelta(days=9)).isoformat() for name in dates}
        criteria = [{"code": "interest", "title": "Interest"}]
        numbers = {"places_per_side": 1, "required_workshops": 2, "moderation_gap": 30}
        return {**plan, **numbers, "title": "Another", "criteria": criteria}

    def _all_otherwise(self, plan: dict[str, Any]) -> dict[str, Any]:
        days = {name: it for name, it in plan.items() if name.endswith("_on")}
        later = {
            name: (date.fromisoformat(it) + timedelta(days=9 + number)).isoformat()
            for number, (name, it) in enumerate(days.items())
        }
        criteria = [{"code": "leadership", "title": "Leadership"}]
        numbers = {"places_per_side": 2, "required_workshops": 1, "accept_within_days": 6}
        return {**later, **numbers, "criteria": criteria, "reason": "cohort.plan-demand"}

    def _planned_otherwise(self, this: dict[str, Any], day: date) -> None:
        slip = {"reason": "cohort.plan-mistake"}
        self._asks("cohort.amend-plan", **this, **slip, title="A better name", moderation_gap=30)
        ends_on = (day + timedelta(days=91)).isoformat()
        self._asks("cohort.amend-plan", **this, reason="cohort.plan-venue", ends_on=ends_on)

    def _before(self, this: dict[str, Any], who: PersonId, day: date) -> None:
        self._asks("identity.tie", person_id=who, issuer="trust", subject="whole life")
        self._asks_for_themselves("identity.untie", who)
        self._asks_for_themselves("interest.express", who)
        self._asks("interest.invite", **this, person_id=who)
        self._asks_for_themselves("interest.withdraw", who)
        post = {"postal_address": "1 High Street, Truro TR1 2AB"}
        self._asks_for_themselves("person.change-details", who, **post)
        self._asks_for_themselves("person.state-contact-preference", who, channel="post")
        self._something_else(who)
        self._asks_for_themselves("person.give-consent", who, purpose="news")
        self._asks_for_themselves("person.withdraw-consent", who, purpose="news")
        self._asks_for_themselves("application.start", who, **this, side=SIDES[0])
        longer = {"until": (day + timedelta(days=3)).isoformat(), "reason": "extension.adjustment"}
        self._asks("cohort.grant-extension", **this, person_id=who, **longer)
        slip = {"person_id": who, "reason": "extension.granted-by-mistake"}
        self._asks("cohort.withdraw-extension", **this, **slip)

    def _agrees_no_more(self, who: PersonId) -> None:
        self._asks_for_themselves("interest.express", who)
        self._asks_for_themselves("person.withdraw-consent", who, purpose="programme")

    def _assessed(
        self,
        mine: dict[PersonId, ApplicationId | None],
        people: list[PersonId],
        panel: tuple[PersonId, PersonId, PersonId],
    ) -> None:
        self._until(local_day(self._walk.clock.now()) + timedelta(days=3), 8)
        here = self._cohort_of(mine[people[0]])
        self._asks("cohort.close-applications", cohort_id=here)
        lay, other, third = panel
        first = {"application_id": mine[people[0]]}
        self._asks("assessment.assign", **first, assessor_id=lay)
        self._asks("application.withdraw", people[0], **first, reason="application.no-time")
        self._asks("application.withdraw", people[0], **first, reason="application.changed-mind")
        self._asks("application.reinstate", **first, reason="application.mistake")
        for who in people[1:]:
            self._decided({"application_id": mine[who]}, [lay, other])
        self._asks("assessment.assign", **first, assessor_id=third)
        knows = {"assessor_id": third, "kind": "team"}
        self._do("assessment.declare-conflict", {**first, **knows}, third, Role.ASSESSOR)
        self._is_late(here, lay)
        for who, score in ((lay, 5), (other, 1)):
            self._assessed_by(first, who, score)
        self._asks("assessment.hold-moderation", **first)
        self._asks("assessment.decide", **first, outcome="offer")
        for who in people[1:3]:
            said = {"outcome": "reserve", "reasons": ["group.mix-of-people"]}
            this = {"application_id": mine[who], **said, "reason": "decision.panel-review"}
            self._asks("assessment.change-decision", **this)

    def _is_late(self, cohort_id: Any, who: PersonId) -> None:
        """Whoever has something to score gets another day, is reminded, and is late all the same:
        days later somebody must know.
        """
        today = local_day(self._walk.clock.now())
        near, last = (today + timedelta(days=some) for some in (1, 4))
        until = {"score_by": last.isoformat(), "reason": "assessment.more-time"}
        self._asks("assessment.change-day", cohort_id=cohort_id, assessor_id=who, **until)
        this = {"cohort_id": cohort_id}
        self._later(days=1)
        self._comes_due("assessment.remind", {**this, "remind_on": near.isoformat()})
        self._later(days=6)
        self._comes_due("assessment.note-late", {**this, "score_by": last.isoformat()})
        self._walk.comes_to_rest()

    def _cohort_of(self, application_id: ApplicationId | None) -> Any:
        case = self._walk.lives.cases[application_id] if application_id else None
        return case.cohort_id if case else None

    def _offered(
        self,
        this: dict[str, Any],
        mine: dict[PersonId, ApplicationId | None],
        people: list[PersonId],
    ) -> None:
        for who in people[1:3]:
            turn = {"application_id": mine[who], "reason": "reserve.asked-for-it"}
            self._asks("reserve.reorder", **turn, place=2)
        until = local_day(self._walk.clock.now()) + timedelta(days=9)
        longer = {"accept_by": until.isoformat(), "reason": "offer.more-time"}
        self._asks("offer.change-day", application_id=mine[people[0]], **longer)
        self._asks("offer.decline", people[0], application_id=mine[people[0]])
        again = {"application_id": mine[people[0]], "reason": "reserve.our-mistake"}
        self._asks("reserve.list-again", **again)
        gone = {"application_id": mine[people[4]], "reason": "offer.made-by-mistake"}
        self._asks("offer.withdraw", **gone)
        self._asks("reserve.promote", **this, side=SIDES[0])
        right = {"application_id": mine[people[4]], "reason": "decision.our-mistake"}
        self._both_sign("decision.correct", **right, outcome="offer")
        self._of_a_professional(this, people[3], {"application_id": mine[people[3]]})
        for who in (*people[:3], people[4]):
            self._comes_due("offer.remind", {"application_id": mine[who]})
            self._comes_due("offer.lapse", {"application_id": mine[who]})
        self._asks("reserve.close", **this)

    def _of_a_professional(self, this: dict[str, Any], who: PersonId, mine: dict[str, Any]) -> None:
        """Says no in error, and then yes; the employer says nothing for a long time."""
        self._asks("offer.decline", who, **mine)
        self._asks("offer.decline", who, **mine, reason="offer.work")
        self._asks("offer.reopen", **mine, reason="offer.answered-in-error")
        self._asks("offer.accept", who, **mine)
        until = local_day(self._walk.clock.now()) + timedelta(days=9)
        self._asks("place.await-employer", **mine, answer_by=until.isoformat())
        self._later(days=3)
        self._comes_due("place.remind-employer", mine)
        self._later(days=9)
        self._comes_due("place.note-employer-silent", mine)
        self._asks("place.confirm-employer-release", **mine)
        self._asks("place.note-release-lost", **mine, reason="place.employer-takes-back")
        self._asks("place.confirm-employer-release", **mine)
        self._asks("place.give-up", who, **this, person_id=who)
        back = {"person_id": who, "reason": "place.given-up-in-error"}
        self._asks("place.give-back", **this, **back)
        self._asks("place.give-up", who, **this, person_id=who)
