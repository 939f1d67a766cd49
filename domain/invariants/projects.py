"""What must hold of projects and their milestones: who leads, who hosts, who says what."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.pairs import PairLife
from domain.invariants.invariant import SOON, Finding, Invariant
from domain.invariants.learning import learns
from domain.invariants.milestones import SAYS
from events.catalogue import Recorded
from events.event import Event
from events.ids import PairingId
from events.pairings import PairingProposed, PartnerReplaced
from events.projects import (
    ChangesRequested,
    HostOrganisationAgreed,
    MilestoneDropped,
    MilestoneMissed,
    MilestonePlanned,
    MilestoneRenamed,
    MilestoneRescheduled,
    MilestoneUnconfirmed,
    ProjectAmended,
    ProjectApproved,
    ProjectCompleted,
    ProjectHandedOn,
    ProjectProposed,
    ProjectRevised,
    ProjectStopped,
    ProjectTakenUpAgain,
)

LIVE: Final = frozenset({"proposed", "changes-requested", "approved"})
FROM: Final[dict[type[Event], frozenset[str]]] = {
    ChangesRequested: frozenset({"proposed", "changes-requested"}),
    ProjectRevised: frozenset({"changes-requested"}),
    ProjectApproved: frozenset({"proposed"}),
    ProjectCompleted: frozenset({"approved"}),
    ProjectStopped: LIVE,
    ProjectTakenUpAgain: frozenset({"completed", "stopped"}),
}
"""Where a project must have stood before each step."""
OF_A_MILESTONE: Final = (
    MilestonePlanned,
    MilestoneRescheduled,
    MilestoneRenamed,
    MilestoneDropped,
    MilestoneMissed,
    MilestoneUnconfirmed,
    ProjectAmended,
    *SAYS,
)
"""What there is only of an approved project."""


class OneProjectAPair(Invariant):
    """A pair leads two projects at once."""

    name: ClassVar = "projects.one-a-pair"
    rules: ClassVar = (23,)

    @learns(ProjectProposed, ProjectHandedOn, ProjectTakenUpAgain)
    def leads(self, fact: Recorded[Any]) -> list[Finding] | None:
        """One that goes on, whatever it began with."""
        event, at = fact.event, fact.envelope.position
        theirs = self.log.projects.live_of(event.pairing_id)
        others = [one for one in theirs if one.project_id != event.project_id]
        if not others:
            return None
        about = event.pairing_id, event.project_id, *(one.project_id for one in others)
        return [self.found(about, *(one.led_at for one in others), at)]


class HostBeforeApproval(Invariant):
    """A project was approved that no organisation had agreed to host."""

    name: ClassVar = "projects.host-before-approval"
    rules: ClassVar = (23,)

    @learns(ProjectApproved)
    def approved(self, fact: Recorded[ProjectApproved]) -> list[Finding] | None:
        """By name, at that moment."""
        life = self.log.projects.all.get(fact.event.project_id)
        if life and life.host_at:
            return None
        led = life.proposed_at if life else 0
        return [self.found((fact.event.project_id,), led, fact.envelope.position)]


class ProjectStepByStep(Invariant):
    """A project took a step that does not follow from where it stood."""

    name: ClassVar = "projects.step-by-step"
    rules: ClassVar = (23,)

    @learns(*FROM)
    def steps(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Proposed, changed, approved, completed; stopped at any time before."""
        life = self.log.projects.all.get(fact.event.project_id)
        if life and life.before in FROM[type(fact.event)]:
            return None
        led = life.proposed_at if life else 0
        return [self.found((fact.event.project_id,), led, fact.envelope.position)]

    @learns(*OF_A_MILESTONE, HostOrganisationAgreed, ProjectHandedOn)
    def goes_on(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Milestones are of an approved project, and nothing is of one that is over."""
        life = self.log.projects.all.get(fact.event.project_id)
        may = LIVE if not isinstance(fact.event, OF_A_MILESTONE) else {"approved"}
        if life and life.status in may:
            return None
        led = (life.proposed_at, life.status_at) if life else ()
        return [self.found((fact.event.project_id,), *led, fact.envelope.position)]


class HandedOnToWhoFollows(Invariant):
    """A project was handed on to a pairing that does not follow the one that led it."""

    name: ClassVar = "projects.handed-on-to-who-follows"
    rules: ClassVar = (26,)

    @learns(ProjectHandedOn)
    def handed_on(self, fact: Recorded[ProjectHandedOn]) -> list[Finding] | None:
        """As was said when the new pairing began, or one that this one follows."""
        event, at = fact.event, fact.envelope.position
        life = self.log.projects.all.get(event.project_id)
        follows_at = self._follows(event.pairing_id, event.former_pairing_id)
        if life and follows_at and life.led_before == event.former_pairing_id:
            return None
        about = event.project_id, event.former_pairing_id, event.pairing_id
        return [self.found(about, life.proposed_at if life else 0, follows_at or 0, at)]

    def _follows(self, pairing_id: PairingId, former: PairingId) -> int | None:
        """Where it was said, also by way of others."""
        followed = self.log.pairs.followed
        known, ahead = {pairing_id}, [pairing_id]
        while ahead:
            here = ahead.pop()
            if (here, former) in followed:
                return followed[here, former]
            before = [one for it, one in followed if it == here and one not in known]
            known.update(before)
            ahead += before
        return None


class FollowsWhatWasLost(Invariant):
    """It is said that a pairing follows another one, which its proposal did not name, and which
    nobody of the two had lost.
    """

    name: ClassVar = "projects.follows-what-was-lost"
    rules: ClassVar = (26,)

    @learns(PartnerReplaced)
    def follows(self, fact: Recorded[PartnerReplaced]) -> list[Finding] | None:
        """One of the two was in both."""
        event = fact.event
        pair = self.log.pairs.get(event.pairing_id)
        former = self.log.pairs.get(event.former_pairing_id)
        named = pair is not None and pair.former == event.former_pairing_id
        lost = former is not None and event.person_id in former.stayed
        if (named or lost) and former and pair and event.person_id in {*pair.both} & {*former.both}:
            return None
        led = pair.proposed_at if pair else 0
        return [
            self.found((event.pairing_id, event.former_pairing_id), led, fact.envelope.position)
        ]


class FollowsTheProject(Invariant):
    """Somebody who lost a partner is asked to lead with another one, and the project of one of the
    two is left behind.
    """

    name: ClassVar = "projects.new-pair-follows-the-project"
    rules: ClassVar = (26,)

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> list[Finding] | None:
        """The pairing that it follows is one that has a project, if either has."""
        event, first = fact.event, self.log.pairs.first[fact.event.cohort_id]
        two = event.patient_leader_id, event.healthcare_leader_id
        lost = {first[who][0]: first[who][1] for who in two if who in first}
        left = {one: at for one, at in lost.items() if self.log.projects.live_of(one)}
        if not left or event.former_pairing_id in left:
            return None
        return [self.found((event.pairing_id, *left), *left.values(), fact.envelope.position)]


class GoesOnWithWhoStays(Invariant):
    """A project stays with a pairing that ended long ago, while one who stayed leads with somebody
    new and without a project.
    """

    name: ClassVar = "projects.goes-on-with-who-stays"
    rules: ClassVar = (26,)

    def standing(self, now: datetime) -> Iterator[Finding]:
        """By itself it goes on with the new pair at once."""
        for life in self.log.projects.going_on.values():
            pair = self.log.pairs.get(life.pairing_id)
            if pair is not None and pair.state == "ended":
                for new in self._new_pairs(pair):
                    without = not self.log.projects.live_of(new.pairing_id)
                    if without and self.waits(new.since, now, SOON):
                        about = life.project_id, pair.pairing_id, new.pairing_id
                        yield self.found(about, life.led_at, pair.state_at, new.state_at)

    def _new_pairs(self, pair: PairLife) -> Iterator[PairLife]:
        """Where those who waited for a new partner lead now."""
        for who, since in pair.stayed.items():
            for one in self.log.pairs.of_person[who]:
                same = one.cohort_id == pair.cohort_id
                if same and one.state == "active" and one.proposed_at > since:
                    yield one


class CompletedWhenAllIsReached(Invariant):
    """A project counts as completed without a milestone that was confirmed, before all others were
    confirmed or missed, or without a word on those that were missed.
    """

    name: ClassVar = "projects.completed-when-all-is-reached"
    rules: ClassVar = (25,)

    @learns(ProjectCompleted)
    def completed(self, fact: Recorded[ProjectCompleted]) -> list[Finding] | None:
        """At least one."""
        life = self.log.projects.all.get(fact.event.project_id)
        if life is None:
            return None
        open_ = [one for one in life.milestones if one.ahead]
        missed = [one for one in life.milestones if one.missed_at]
        reached = any(one.confirmed_at for one in life.milestones)
        if reached and not open_ and not (missed and fact.event.reason is None):
            return None
        about = life.project_id, *(one.milestone_id for one in (*open_, *missed))
        led = (max(one.planned_at, one.missed_at) for one in (*open_, *missed))
        return [self.found(about, *led, fact.envelope.position)]
