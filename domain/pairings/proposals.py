"""What may happen to two people proposed to each other: asked, accepted by each, or not."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar

from domain.cohorts.cohort import Cohort
from domain.decision import Act, AnotherDay, Command, Decides, Know, Refusal, TooEarly
from domain.pairings.availability import Availability
from domain.pairings.compatibility import Circle, Leader, Possible, must_be_allowed
from domain.pairings.engagement import Engagement, former_of, lost_by
from domain.pairings.pairing import OVER, Pairing, PairingState, SaidOfPairing
from domain.pairings.project_led import ProjectOfPair, leading
from domain.pairings.suitability import reasons_for
from domain.people.person import SamePerson
from domain.rules_in_force import AnswerDays, Rules, answered_by
from events.calendar import end_of, start_of
from events.event import Event
from events.ids import CohortId, PairingId, PersonId
from events.pairings import (
    PairingAccepted,
    PairingActivated,
    PairingDeclined,
    PairingLapsed,
    PairingProposed,
    PartnerReplaced,
    ProposalExtended,
    ProposalReminderDue,
)
from events.terms import ProgrammeDay, Role, Side

Two = tuple[Engagement, Engagement, Circle, Circle, Availability, Availability]
Led = tuple[ProjectOfPair, ProjectOfPair]
"""What the pairings lead that either of two has lost."""


class DeclineReason(StrEnum):
    """Why somebody says no to a partner; after `relationship` the two are never asked again."""

    RELATIONSHIP = "relationship"
    NO_TIME = "no-time"
    TOO_FAR = "too-far"
    OTHER_INTERESTS = "other-interests"
    OTHER = "other"


class NotAsked(Refusal):
    """The proposal is over, so it can't be answered any more. Ask a coordinator what is next."""

    code = "pairing.not-proposed"


class TooLateToAccept(Refusal):
    """The time to say yes is over. Tell a coordinator if you would still like to."""

    code = "pairing.too-late-to-accept"


class StillTimeToAccept(TooEarly):
    """The two still have time to answer, so it is too early for that."""

    code = "pairing.still-time-to-accept"


class NotAFormerPairing(Refusal):
    """The pairing to follow must be the last that one of the two lost in this cohort."""

    code = "pairing.not-a-former-pairing"


class ProjectLeftBehind(Refusal):
    """Both have lost a partner, and a project goes on with one of the pairings, or with each. Name
    the pairing whose project the two go on with; another one waits until that is over.
    """

    code = "pairing.project-left-behind"


class NotLonger(AnotherDay):
    """The two have as long already, or would have too long. Name another day."""

    code = "pairing.not-longer"
    names = "The latest is"


def two_of(
    know: Know, cohort_id: CohortId | None, one: PersonId | None, other: PersonId | None
) -> Two:
    """What rules 12 to 14 ask of both: their engagements, their circles, and whether they are free
    over all cohorts.
    """
    return (
        know(Engagement(cohort_id, one)),
        know(Engagement(cohort_id, other)),
        know(Circle(one)),
        know(Circle(other)),
        know(Availability(one)),
        know(Availability(other)),
    )


def possible(ids: tuple[PersonId, PersonId], two: Two) -> Possible:
    """The two as they stand now; refuses them if rule 12 or 14 does."""
    if ids[0] == ids[1]:
        raise SamePerson
    two[0].must_be_from(Side.PATIENT_LEADER)
    two[1].must_be_from(Side.HEALTHCARE_LEADER)
    pair = Possible(Leader(ids[0], two[0], two[2]), Leader(ids[1], two[1], two[3]))
    must_be_allowed(pair)
    return pair


def time_for_a_proposal(act: Act, rules: Rules) -> AnswerDays:
    """As many days from today as the rules give."""
    days = timedelta(days=rules.on(act.asked_on).numbers.proposal_days)
    return _until(act.asked_on + days, act, rules)


def _until(day: date, act: Act, rules: Rules) -> AnswerDays:
    days = rules.on(act.asked_on).numbers.proposal_reminder_days
    return answered_by(day, days, act)


class ProposePairing(Command, Decides[Cohort, Two, Led, Rules]):
    """A coordinator proposes two people to each other, one by one, as after the loss of a partner.

    Without `former_pairing_id` the new pairing follows the one that was lost, if one was: of two
    that which leads a project.
    """

    name: ClassVar = "pairing.propose"
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    former_pairing_id: PairingId | None = None

    def needs(self, know: Know) -> tuple[Cohort, Two, Led, Rules]:
        two = two_of(know, self.cohort_id, self.patient_leader_id, self.healthcare_leader_id)
        one, other = (know(ProjectOfPair(it.former_pairing_id)) for it in two[:2])
        return know(Cohort(self.cohort_id)), two, (one, other), know(Rules())

    def decide(self, act: Act, cohort: Cohort, two: Two, led: Led, rules: Rules) -> Iterator[Event]:
        cohort_id = cohort.known.cohort_id
        pair = possible((self.patient_leader_id, self.healthcare_leader_id), two)
        if two[0].pairing_id and two[0].pairing_id == two[1].pairing_id:
            return
        for one in (*two[:2], *two[4:]):
            one.must_be_free()
        numbers = rules.on(act.asked_on).numbers
        yield PairingProposed(
            pairing_id=act.new(PairingId),
            cohort_id=cohort_id,
            patient_leader_id=self.patient_leader_id,
            healthcare_leader_id=self.healthcare_leader_id,
            **time_for_a_proposal(act, rules)._asdict(),
            reasons=reasons_for(pair, numbers),
            former_pairing_id=self._follows(two[0], two[1], led),
        )

    def _follows(self, one: Engagement, other: Engagement, led: Led) -> PairingId | None:
        named, lost = self.former_pairing_id, lost_by(one, other)
        with_a_project = leading(led).intersection(lost)
        if named is None and len(with_a_project) <= 1:
            return former_of(one, other, with_a_project)
        if named and named not in (one.former_pairing_id, other.former_pairing_id):
            raise NotAFormerPairing
        if named is None or (with_a_project and named not in with_a_project):
            raise ProjectLeftBehind
        return named


class AcceptPairing(Command, Decides[Pairing, Two]):
    """One of the two says yes; the second yes makes the pairing active."""

    name: ClassVar = "pairing.accept"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
    pairing_id: PairingId
    person_id: PersonId

    def needs(self, know: Know) -> tuple[Pairing, Two]:
        pairing = know(Pairing(self.pairing_id))
        one, other = pairing.both if pairing.proposed else (None, None)
        return pairing, two_of(know, pairing.cohort_id, one, other)

    def decide(self, act: Act, pairing: Pairing, two: Two) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        pairing.must_include(self.person_id)
        if pairing.state in OVER:
            raise NotAsked
        if self.person_id in pairing.accepted:
            return
        if act.time >= end_of(pairing.known.accept_by):
            raise TooLateToAccept
        possible(pairing.both, two)
        for one in two[4:]:
            one.must_be_free(but_for=self.pairing_id)
        yield PairingAccepted(
            pairing_id=self.pairing_id,
            cohort_id=pairing.known.cohort_id,
            person_id=self.person_id,
        )
        if pairing.other(self.person_id) in pairing.accepted:
            yield from _activated(pairing, two[:2])


def _activated(
    pairing: Pairing, two: tuple[Engagement, Engagement]
) -> Iterator[PairingActivated | PartnerReplaced]:
    """They lead together, and go on with what either of them led before: first that which was said
    when they were asked.
    """
    asked = pairing.known
    yield PairingActivated(**pairing.whose)
    first = asked.former_pairing_id
    for former in dict.fromkeys((*([first] if first else []), *lost_by(*two))):
        stayed = former == two[0].former_pairing_id
        yield PartnerReplaced(
            pairing_id=asked.pairing_id,
            former_pairing_id=former,
            cohort_id=asked.cohort_id,
            person_id=asked.patient_leader_id if stayed else asked.healthcare_leader_id,
        )


class DeclinePairing(Command, Decides[Pairing, SaidOfPairing]):
    """One of the two says no; both are free for somebody else."""

    name: ClassVar = "pairing.decline"
    roles: ClassVar = frozenset({Role.PARTICIPANT, Role.COORDINATOR})
    pairing_id: PairingId
    person_id: PersonId
    reason: DeclineReason

    def needs(self, know: Know) -> tuple[Pairing, SaidOfPairing]:
        return know(Pairing(self.pairing_id)), know(SaidOfPairing(self.pairing_id))

    def decide(self, act: Act, pairing: Pairing, said: SaidOfPairing) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        pairing.must_include(self.person_id)
        if pairing.state is PairingState.DECLINED:
            said.must_be_the_same(self.reason, self.person_id)
            return
        if pairing.state is not PairingState.PROPOSED:
            raise NotAsked
        yield PairingDeclined(**pairing.whose, declined_by=self.person_id, reason=self.reason)


class LapsePairing(Command, Decides[Pairing]):
    """A proposal that the two did not both accept in time is over."""

    name: ClassVar = "pairing.lapse"
    pairing_id: PairingId

    def needs(self, know: Know) -> tuple[Pairing]:
        return (know(Pairing(self.pairing_id)),)

    def decide(self, act: Act, pairing: Pairing) -> Iterator[Event]:
        asked = pairing.known
        if pairing.state is not PairingState.PROPOSED:
            return
        if act.time < end_of(asked.accept_by):
            raise StillTimeToAccept
        yield PairingLapsed(**pairing.whose)


class RemindOfProposal(Command, Decides[Pairing]):
    """The last day to answer a proposal is near: whoever has not answered is reminded."""

    name: ClassVar = "pairing.remind"
    pairing_id: PairingId

    def needs(self, know: Know) -> tuple[Pairing]:
        return (know(Pairing(self.pairing_id)),)

    def decide(self, act: Act, pairing: Pairing) -> Iterator[Event]:
        remind_on = pairing.known.remind_on
        answered = pairing.state is not PairingState.PROPOSED
        if answered or pairing.reminded or remind_on is None:
            return
        if act.time < start_of(remind_on):
            raise StillTimeToAccept
        yield ProposalReminderDue(**pairing.whose)


class ExtendProposal(Command, Decides[Pairing, Rules]):
    """A coordinator gives the two longer to say yes or no."""

    name: ClassVar = "pairing.extend-proposal"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    pairing_id: PairingId
    accept_by: ProgrammeDay

    def needs(self, know: Know) -> tuple[Pairing, Rules]:
        return know(Pairing(self.pairing_id)), know(Rules())

    def decide(self, act: Act, pairing: Pairing, rules: Rules) -> Iterator[Event]:
        asked, today = pairing.known, act.asked_on
        if pairing.state is not PairingState.PROPOSED:
            raise NotAsked
        if self.accept_by == asked.accept_by:
            return
        latest = today + timedelta(days=rules.on(today).numbers.proposal_days_at_most)
        if not max(asked.accept_by, today) < self.accept_by <= latest:
            raise NotLonger(latest)
        yield ProposalExtended(**pairing.whose, **_until(self.accept_by, act, rules)._asdict())
