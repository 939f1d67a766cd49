"""Everything that can be said of people, said once through the door: ties, needs, reasons, words.

What is chosen among codes is left to chance, and all that is typed can be told from anything else.
"""

import asyncio
from datetime import UTC, datetime
from itertools import product
from random import Random
from typing import Any, Final

from domain.applications.withdrawals import ReinstatementReason, WithdrawalReason
from domain.assessments.panel import DecisionChangeReason, DecisionReason
from domain.cohorts.course import CohortCancelReason
from domain.cohorts.windows import ExtensionReason
from domain.continuation.continuation import ContinuationEndReason
from domain.matching.apart import ForbidReason
from domain.matching.asking import AnotherRunReason
from domain.matching.runs import DiscardReason
from domain.offers.offer import OfferDeclineReason
from domain.offers.places import GiveUpReason
from domain.offers.reserve import RelistReason, ReorderReason
from domain.pairings.endings import EndReason
from domain.pairings.pairing import PauseReason
from domain.pairings.proposals import DeclineReason
from domain.projects.approval import ChangeAsked
from domain.projects.endings import StopReason
from domain.projects.milestone_dates import MoveReason
from domain.projects.milestones import ReturnReason
from domain.roles.granting import RoleEndReason
from domain.tasks.doing import HowDone
from domain.workshops.bookings import BookingCancelReason
from domain.workshops.corrections import CorrectionReason, MakeUp
from domain.workshops.schedule import CapacityReason, WorkshopChangeReason
from events.ids import TaskId
from events.needs import Kind
from events.pairings import PairingProposed
from events.terms import (
    Area,
    Background,
    Day,
    Format,
    Profession,
    Relationship,
    Side,
    Standing,
    Theme,
    Travel,
)
from services.engines.connecting import connect
from services.matching.desk import is_computing
from tests.scenes.beside_a_life import brings_in_a_file, is_told_in_vain, lacks_something
from tests.scenes.played import history_of
from tests.scenes.wistful import Wistful
from tests.scenes.world import a_plan

PATIENCE: Final = 30.0  # seconds
CONFLICT: Final = "assessment.declare-conflict"
LAY, PROFESSIONAL = Side.PATIENT_LEADER, Side.HEALTHCARE_LEADER
PEOPLE: Final = {
    "Ada": LAY,
    "Amina": LAY,
    "Aoife": LAY,
    "Delyth": LAY,
    "Dilys": LAY,
    "Ben": PROFESSIONAL,
    "Bola": PROFESSIONAL,
    "Bartek": PROFESSIONAL,
}
PANEL: Final = {"Cleo": True, "Carys": False, "Colm": False}
CHAIRS: Final = {LAY: "Wyn", PROFESSIONAL: "Sara"}
OFFERED: Final = ("Amina", "Aoife", "Ben", "Bola", "Bartek")
COMING: Final = ("Ada", "Amina", "Delyth", "Ben", "Bola", "Bartek")
# Two who meet nowhere else: neither before the panel nor in a pair.
TIES: Final = (("Colm", "Amina"), ("Gwen", "Bola"), ("Carys", "Dilys"), ("Aoife", "Bola"))


def day(year: int, month: int, of_month: int, hour: int = 10) -> datetime:
    return datetime(year, month, of_month, hour, tzinfo=UTC)


class WholeLife(Wistful):
    """A cohort from first interest to its partnerships, played by `lives`."""

    async def lives(self, chance: Random) -> None:
        await self.is_chosen(chance)
        await self.is_paired()
        await self.learns()
        await self.improves()
        await self.parts()

    async def is_chosen(self, chance: Random) -> None:
        """Up to those who have their places."""
        self.begins(chance)
        await self.comes_together()
        await self.take_the_chair()
        await self.applies()
        await self.is_judged()
        await self.takes_places()

    async def comes_together(self) -> None:
        await self.plans(places_per_side=3, title=self.words("cohort"))
        for number, name in enumerate((*PEOPLE, *PANEL, *CHAIRS.values(), "Gwen")):
            full_name = f"{name} Wistful-{self.chance.randrange(10**6, 10**7)}"
            contact = {"email": f"{name.lower()}@wistful.example", "town": f"{name} Wistfultown"}
            contact["phone"] = f"+44770090{number:04}"
            self.typed |= {full_name, *contact.values()}
            who = self.people[name] = await self.meets(full_name, **contact)
            stated = {"person_id": who, "channel": "email", "format": self.one_of(Format)}
            await self.do("person.state-contact-preference", {**stated, "language": "cy"})
        for name in ("Ada", "Ben"):
            needs = {"needs": self.words("needs"), "supporter_comes": True}
            await self.do("person.state-access-needs", {"person_id": self.people[name], **needs})
        interest = {"words": self.words("interest"), "heard_through": "wistful.radio"}
        await self.do("interest.express", {"person_id": self.people["Gwen"], **interest})
        self.chosen.add("wistful.radio")
        for one, other in TIES:
            await self.ties(one, other, self.one_of(Relationship))
        await self.ties("Ada", "Bartek", self.one_of(Relationship, Relationship.ACQUAINTED))

    async def take_the_chair(self) -> None:
        """One of each side; and somebody who facilitates no more."""
        for side, name in CHAIRS.items():
            chair = {"person_id": self.people[name], "role": "co-chair", "side": side}
            await self.do("role.grant", {**chair, "cohort_id": self.cohort})
            self.chairs[side] = self.people[name]
        gwen = {"person_id": self.people["Gwen"], "role": "facilitator", "cohort_id": self.cohort}
        await self.do("role.grant", {**gwen, "ends_on": "2025-06-27"})
        await self.do("role.withdraw", {**gwen, "reason": self.one_of(RoleEndReason)})

    async def ties(self, one: str, other: str, kind: Relationship) -> None:
        two = {"person_id": self.people[one], "other_id": self.people[other]}
        for _ in range(2):  # the second time it is so already
            await self.do("person.declare-relationship", {**two, "kind": kind})
        self.tied.add(frozenset(two.values()))

    async def applies(self) -> None:
        longer = {"person_id": self.people["Dilys"], "reason": self.one_of(ExtensionReason)}
        longer |= {"cohort_id": self.cohort, "until": "2024-10-18"}
        await self.do("cohort.grant-extension", longer)
        await brings_in_a_file(self)
        for name, side in PEOPLE.items():
            self.applications[name] = await self.submits(name, side)
        failed = await self.submits("Gwen", LAY, experiences=0)
        for application in (*self.applications.values(), failed):
            await self.do("application.confirm-eligibility", {"application_id": application})
        self.chosen.add("eligibility.no-leadership-experience")
        dilys = {"application_id": self.applications["Dilys"]}
        back = {**dilys, "reason": self.one_of(ReinstatementReason)}
        gone = {**dilys, "reason": self.one_of(WithdrawalReason)}
        await self.do("application.withdraw", gone, by=self.people["Dilys"])
        await self.do("application.reinstate", back)

    async def submits(self, name: str, side: Side, **more: Any) -> str:
        profile: dict[str, Any] = {
            "area": self.one_of(Area),
            "themes": [self.one_of(Theme, Theme.RESEARCH)],  # a purpose of consents, too
            "days": [self.one_of(Day, Day.MONDAY), Day.MONDAY],  # all can meet on one
            "travel": self.one_of(Travel),
        }
        if side is LAY:
            profile |= {"background": self.one_of(Background), "standing": self.one_of(Standing)}
        else:
            profile |= {"profession": self.one_of(Profession), "employer": "RWISTFUL"}
            self.chosen.add("RWISTFUL")
        texts = {field: self.words(field) for field in ("interest", "leadership", "wishes")}
        whose = {"cohort_id": self.cohort, "person_id": self.people[name], "side": side}
        data = {**whose, "profile": profile, "experiences": 37, **texts, **more}
        reply = await self.do("application.submit", data, by=self.people[name])
        return (reply.events or ())[-1].subject

    async def is_judged(self) -> None:
        for name, lay in PANEL.items():
            seat = {"cohort_id": self.cohort, "assessor_id": self.people[name], "lay": lay}
            await self.do("assessment.appoint-assessor", seat)
        for name, application in self.applications.items():
            this = {"application_id": application}
            if name == "Ben":
                colm = {**this, "assessor_id": self.people["Colm"]}
                await self.do("assessment.assign", colm)
                knows = {**colm, "kind": self.one_of(Relationship, Relationship.ACQUAINTED)}
                await self.acts(self.people["Colm"], "assessor", CONFLICT, **knows)
                self.tied.add(frozenset((self.people["Colm"], self.people["Ben"])))
            for assessor in ("Cleo", "Colm" if name == "Dilys" else "Carys"):
                await self.scores(name, assessor, 5 if assessor == "Cleo" else 1)
            await self.do("assessment.hold-moderation", this)
            found = {"outcome": "offer", "reasons": ()}
            if name not in OFFERED:
                found = {"outcome": "reserve", "reasons": [self.one_of(DecisionReason)]}
            await self.do("assessment.decide", {**this, **found})
        ada = {"application_id": self.applications["Ada"], "outcome": "offer"}
        changed = {**ada, "reason": self.one_of(DecisionChangeReason)}
        await self.do("assessment.change-decision", changed)

    async def scores(self, name: str, assessor: str, score: int) -> None:
        who, applicant = self.people[assessor], self.people[name]
        this = {"application_id": self.applications[name]}
        await self.do("assessment.assign", {**this, "assessor_id": who})
        found = {"scores": {"interest": score}, "comment": self.words("comment")}
        mine = {**this, "assessor_id": who, "recommendation": "decline", **found}
        for _ in range(2):
            await self.acts(who, "assessor", "assessment.submit", **mine)
        self.tied.add(frozenset((who, applicant)))

    async def takes_places(self) -> None:
        await self.releases()
        aoife, delyth = (
            {"application_id": self.applications[name]} for name in ("Aoife", "Delyth")
        )
        waiting = [self.applications[name] for name in ("Delyth", "Dilys")]
        for application in sorted(waiting):  # whoever stands first goes second
            turn = {"application_id": application, "place": 2}
            await self.do("reserve.reorder", {**turn, "reason": self.one_of(ReorderReason)})
        first = {**delyth, "place": 1, "reason": self.one_of(ReorderReason)}
        await self.do("reserve.reorder", first)
        declined = {**aoife, "reason": self.one_of(OfferDeclineReason)}
        await self.do("offer.decline", declined, by=self.people["Aoife"])
        await self.do("reserve.promote", {"cohort_id": self.cohort, "side": LAY})
        await self.do("reserve.list-again", {**aoife, "reason": self.one_of(RelistReason)})
        for name in COMING:
            mine = {"application_id": self.applications[name]}
            await self.do("offer.accept", mine, by=self.people[name])
            if PEOPLE[name] is PROFESSIONAL:
                await self.do("place.confirm-employer-release", mine)

    async def is_paired(self) -> None:
        self.clock.set(day(2024, 11, 26))
        await self.do("cohort.start", {"cohort_id": self.cohort})
        await self.keeps_apart("Amina", "Ben")
        first = await self.made("matching.ask", cohort_id=self.cohort)
        await self.do("matching.discard", {"run_id": first, "reason": self.one_of(DiscardReason)})
        again = {"cohort_id": self.cohort, "reason": self.one_of(AnotherRunReason)}
        self.unused = await self.made("matching.ask", **again, weights={"area.same": 1})
        self.run = await self.made("matching.ask", **again)
        await self.is_computed()
        for run, side in product((self.run, self.unused), Side):
            chair = self.people[CHAIRS[side]]
            await self.acts(chair, "co-chair", "matching.approve", run_id=run, side=side)
        await self.do("matching.publish", {"run_id": self.run})
        facts = [fact.event for fact in history_of(self.station.engines)]
        self.pairs = [fact for fact in facts if isinstance(fact, PairingProposed)]
        for number, pair in enumerate(self.pairs):
            this = {"pairing_id": pair.pairing_id}
            if number == 2:
                no: dict[str, Any] = {**this, "person_id": pair.healthcare_leader_id}
                no["reason"] = self.one_of(DeclineReason, DeclineReason.RELATIONSHIP)
                await self.acts(pair.healthcare_leader_id, "participant", "pairing.decline", **no)
                continue
            for who in (pair.patient_leader_id, pair.healthcare_leader_id):
                yes = {**this, "person_id": who}
                await self.acts(who, "participant", "pairing.accept", **yes)
        this = {"pairing_id": self.pairs[0].pairing_id}
        await self.do("pairing.pause", {**this, "reason": self.one_of(PauseReason)})
        await self.do("pairing.resume", this)

    async def is_computed(self) -> None:
        """Every run that was asked for, and is not put aside."""
        with connect(self.station.engines.programme["console"]) as connection:
            async with asyncio.timeout(PATIENCE):
                while is_computing(connection):  # noqa: ASYNC110 - others compute it
                    await asyncio.sleep(0.02)

    async def keeps_apart(self, one: str, other: str) -> None:
        two = {"patient_leader_id": self.people[one], "healthcare_leader_id": self.people[other]}
        kept = {"cohort_id": self.cohort, **two, "reason": self.one_of(ForbidReason)}
        await self.do("matching.forbid-pair", kept)
        self.tied.add(frozenset(two.values()))

    async def learns(self) -> None:
        self.clock.set(day(2024, 12, 9))
        when = {"starts_at": "2025-01-15T10:00:00Z", "ends_at": "2025-01-15T16:00:00Z"}
        workshop, other = [
            {"workshop_id": await self.schedules(number, **when)} for number in (1, 2)
        ]
        call_off = {**other, "reason": self.one_of(WorkshopChangeReason)}
        await self.do("workshop.cancel", call_off)
        one, two = self.pairs[:2]
        first, second = one.patient_leader_id, one.healthcare_leader_id
        third, fourth = two.patient_leader_id, two.healthcare_leader_id
        await self.acts(
            first, "participant", "workshop.book-as-pair", **workshop, pairing_id=one.pairing_id
        )
        await self.do("workshop.book", {**workshop, "person_id": third})
        await self.do("workshop.join-waiting-list", {**workshop, "person_id": fourth})
        gone = {**workshop, "person_id": third, "reason": self.one_of(BookingCancelReason)}
        await self.acts(third, "participant", "workshop.cancel-booking", **gone)
        await self.do("workshop.offer-held-places", workshop)
        await self.do("workshop.take-held-place", {**workshop, "person_id": fourth})
        larger = {**workshop, "capacity": 5, "reason": self.one_of(CapacityReason)}
        await self.do("workshop.change-capacity", larger)
        later = {name: moment.replace("01-15", "01-22") for name, moment in when.items()}
        moved = {**workshop, **later, "reason": self.one_of(WorkshopChangeReason)}
        await self.do("workshop.reschedule", moved)
        self.clock.set(day(2025, 1, 22, 18))
        scan = {"scan_id": f"wistful-{self.chance.randrange(10**6)}"}
        self.typed.add(scan["scan_id"])
        came = {**workshop, "person_id": first, **scan, "scanned_at": "2025-01-22T10:05:00Z"}
        await self.do("workshop.record-attendance", came)
        await self.do("workshop.close-register", workshop)
        right = {**workshop, "person_id": fourth, "attended": True}
        right["reason"] = self.one_of(CorrectionReason)
        await self.do("workshop.correct-attendance", right)
        caught_up = {**workshop, "person_id": second, "how": self.one_of(MakeUp)}
        await self.do("workshop.make-up", caught_up)
        thought = {**workshop, "person_id": first, "words": self.words("reflection")}
        await self.acts(first, "participant", "reflection.submit", **thought)

    async def schedules(self, number: int, **when: str) -> str:
        where = {"title": self.words("title"), "venue": self.words("venue"), "capacity": 3}
        plan = {"cohort_id": self.cohort, "number": number, **where, **when}
        return await self.made("workshop.schedule", **plan)

    async def improves(self) -> None:
        one, two = self.pairs[:2]
        this = {"project_id": await self.proposes(one)}
        await self.do("project.request-changes", {**this, "reason": self.one_of(ChangeAsked)})
        better = {"title": self.words("title"), "aim": self.words("aim")}
        mine = {"person_id": one.patient_leader_id}
        await self.do("project.revise", {**this, **mine, **better})
        host = {"host": "RHWISTFUL", "host_name": self.words("host")}
        self.chosen.add("RHWISTFUL")
        task = {"task_id": TaskId.of(Kind.HOST, this["project_id"])}
        await self.do("task.take", task)
        await self.do("task.hand-on", task)
        await self.do("task.done", {**task, "how": self.one_of(HowDone)})
        await self.do("task.reopen", task)
        await is_told_in_vain(self, self.people["Ada"])
        await lacks_something(self)
        await self.do("project.agree-host", {**this, **host})
        await self.do("project.approve", this)
        step = {"milestone_id": await self.steps(this, "2025-03-14")}
        last = {"milestone_id": await self.steps(this, "2025-04-25")}
        reported = {**step, **mine, "words": self.words("report")}
        await self.do("milestone.report", reported)
        partners = {**step, "person_id": one.healthcare_leader_id}
        await self.do("milestone.return", {**partners, "reason": self.one_of(ReturnReason)})
        await self.do("milestone.report", reported)
        await self.do("milestone.confirm", partners)
        moved = {**last, "due_on": "2025-05-09", "reason": self.one_of(MoveReason)}
        await self.do("milestone.reschedule", moved)
        stopped = {"project_id": await self.proposes(two), "reason": self.one_of(StopReason)}
        await self.do("project.stop", stopped)
        await self.names_others(one, two, this["project_id"])

    async def proposes(self, pair: PairingProposed) -> str:
        idea = {"title": self.words("title"), "aim": self.words("aim")}
        idea["theme"] = self.one_of(Theme, Theme.RESEARCH)
        whose = {"pairing_id": pair.pairing_id, "proposed_by": pair.patient_leader_id}
        return await self.made("project.propose", **whose, **idea)

    async def steps(self, project: dict[str, str], due_on: str) -> str:
        step = {"title": self.words("step"), "due_on": due_on}
        return await self.made("milestone.plan", **project, **step)

    async def parts(self) -> None:
        one, two = self.pairs[:2]
        end: dict[str, Any] = {"pairing_id": two.pairing_id, "reported_by": two.patient_leader_id}
        end |= {"reason": self.one_of(EndReason), "note": self.words("note")}
        await self.acts(two.patient_leader_id, "participant", "pairing.end", **end)
        left = {"cohort_id": self.cohort, "person_id": two.healthcare_leader_id}
        gone = {**left, "reason": self.one_of(GiveUpReason)}
        await self.acts(two.healthcare_leader_id, "participant", "place.give-up", **gone)
        await self.do("contact.end-those-of", {"person_id": two.healthcare_leader_id})
        self.clock.set(day(2025, 6, 2))
        this = {"pairing_id": one.pairing_id}
        await self.do("pairing.complete", this)
        await self.acts(one.patient_leader_id, "participant", "continuation.agree", **this)
        self.clock.set(day(2025, 9, 4))
        await self.do("continuation.check-in", {**this, "months": 3})
        answer = {"months": 3, "leading_together": False, "words": self.words("answer")}
        mine = {**this, "person_id": one.patient_leader_id, **answer}
        await self.acts(one.patient_leader_id, "participant", "continuation.report", **mine)
        over = {**this, "reason": self.one_of(ContinuationEndReason)}
        await self.acts(one.healthcare_leader_id, "participant", "continuation.end", **over)
        another = await self.made("cohort.plan", **{**a_plan(), "title": self.words("cohort")})
        off = {"cohort_id": another, "reason": self.one_of(CohortCancelReason)}
        await self.do("cohort.cancel", off)
        await self.thinks_better_of_rules()
        gwen = {"person_id": self.people["Gwen"]}
        await self.do("person.withdraw-consent", gwen)
