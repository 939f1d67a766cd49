"""Where each pairing stands, whom each person leads with, and who has parted for good."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal, get_args

from domain.invariants.learning import Learner, learns
from events.applications import ApplicationWithdrawn
from events.catalogue import Recorded
from events.continuation import CheckInDue, ContinuationEnded
from events.event import Event
from events.ids import ApplicationId, CohortId, MatchingRunId, PairingId, PersonId
from events.offers import OfferWithdrawn, PlaceConfirmed, PlaceGivenUp
from events.pairings import (
    PairingAccepted,
    PairingActivated,
    PairingCompleted,
    PairingDeclined,
    PairingEnded,
    PairingHeld,
    PairingLapsed,
    PairingPaused,
    PairingProposed,
    PairingResumed,
    PairingStepTakenBack,
    PairingTakenBack,
    PartnerReplaced,
    PartnerWishedAgain,
    ProposalExtended,
    RepairingAsked,
)
from events.terms import PairingStep

STATES: Final[dict[type[Event], str]] = {
    PairingActivated: "active",
    PairingResumed: "active",
    PairingPaused: "paused",
    PairingHeld: "held",
    PairingDeclined: "declined",
    PairingLapsed: "lapsed",
    PairingTakenBack: "taken-back",
    PairingEnded: "ended",
    PairingCompleted: "completed",
}
LIVE: Final = frozenset({"proposed", "active", "paused", "held"})
"""States in which a pairing keeps both people from another one (rule 13)."""
COHORT_CANCELLED: Final = "cohort-cancelled"
OVER_THE_RELATIONSHIP: Final = frozenset({"relationship", "team"})
Parting = Literal["before", "after"]
"""Whether two parted before their pairing completed, or after."""


@dataclass(slots=True)
class PairLife:
    """One pairing: the two, where it stands and stood before (`stood`, in order), who said yes, and
    who `stayed` for a new partner; with positions, and when it was recorded that its state changed.
    """

    pairing_id: PairingId
    cohort_id: CohortId
    patient_leader_id: PersonId
    healthcare_leader_id: PersonId
    accept_by: date
    proposed_at: int
    since: datetime
    run_id: MatchingRunId | None = None
    former: PairingId | None = None
    state: str = "proposed"
    state_at: int = 0
    before: str = ""
    before_at: int = 0
    stood: list[str] = field(default_factory=list)
    accepted: dict[PersonId, int] = field(default_factory=dict)
    stayed: dict[PersonId, int] = field(default_factory=dict)
    completed_on: date | None = None
    check_in_months: tuple[int, ...] = ()
    asked: dict[int, int] = field(default_factory=dict)
    continuation_ended_at: int = 0

    @property
    def both(self) -> tuple[PersonId, PersonId]:
        """The patient leader and the healthcare leader."""
        return self.patient_leader_id, self.healthcare_leader_id

    @property
    def live(self) -> bool:
        """Whether it keeps both people from another one."""
        return self.state in LIVE

    @property
    def led_there(self) -> tuple[int, ...]:
        """The positions of its proposal and of what brought it where it is."""
        return self.proposed_at, self.state_at

    def other(self, person_id: PersonId) -> PersonId:
        """The partner of one of the two."""
        one, two = self.both
        return two if person_id == one else one


class PairLives(Learner):
    """All pairings. `parted` has the two who parted over the relationship, by the pairing; `first`
    who of a cohort waits for a new partner, and the pairing that they lost; `of_person` every
    pairing of somebody, in all cohorts; `live` those that keep both from others; `to_nothing` has
    the two with whom it came to nothing, by the pairing, and `wished` who has wished for more
    since.
    """

    def __init__(self) -> None:
        self.all: dict[PairingId, PairLife] = {}
        self.of_person: defaultdict[PersonId, list[PairLife]] = defaultdict(list)
        self.live: dict[PairingId, PairLife] = {}
        self.completed: dict[PairingId, PairLife] = {}
        self.parted: defaultdict[tuple[frozenset[PersonId], Parting], dict[PairingId, int]]
        self.parted = defaultdict(dict)
        self.to_nothing: dict[frozenset[PersonId], dict[PairingId, int]] = {}
        self.wished: defaultdict[frozenset[PersonId], set[PersonId]] = defaultdict(set)
        self.followed: dict[tuple[PairingId, PairingId], int] = {}
        self.first: defaultdict[CohortId, dict[PersonId, tuple[PairingId, int]]]
        self.first = defaultdict(dict)
        self._came_by: dict[tuple[CohortId, PersonId], ApplicationId] = {}

    def get(self, pairing_id: PairingId | None) -> PairLife | None:
        """A pairing that was proposed."""
        return self.all.get(pairing_id) if pairing_id is not None else None

    def live_of(self, person_id: PersonId) -> Iterator[PairLife]:
        """The pairings that somebody is proposed for, leads in or has paused."""
        return (one for one in self.of_person.get(person_id, ()) if one.live)

    @learns(PairingProposed)
    def proposed(self, fact: Recorded[PairingProposed]) -> None:
        """Two are asked."""
        event = fact.event
        two = event.patient_leader_id, event.healthcare_leader_id
        at, since = fact.envelope.position, fact.envelope.recorded
        life = PairLife(event.pairing_id, event.cohort_id, *two, event.accept_by, at, since)
        life.run_id, life.former, life.state_at = event.run_id, event.former_pairing_id, at
        self.all[event.pairing_id] = self.live[event.pairing_id] = life
        for one in dict.fromkeys(two):
            self.of_person[one].append(life)

    @learns(PairingAccepted)
    def accepted(self, fact: Recorded[PairingAccepted]) -> None:
        """One of the two says yes; the first time counts."""
        if life := self.all.get(fact.event.pairing_id):
            life.accepted.setdefault(fact.event.person_id, fact.envelope.position)

    @learns(*STATES)
    def came_further(self, fact: Recorded[Any]) -> None:
        """Its state changes."""
        event, at = fact.event, fact.envelope.position
        if life := self.all.get(event.pairing_id):
            life.before, life.before_at = life.state, life.state_at
            life.stood.append(life.state)
            life.state, life.state_at = STATES[type(event)], at
            self._stands(life, fact)
            if isinstance(event, PairingCompleted):
                life.completed_on = event.completed_on
                life.check_in_months = event.check_in_months
                self.completed[life.pairing_id] = life

    def _stands(self, life: PairLife, fact: Recorded[Any]) -> None:
        life.since = fact.envelope.recorded
        if life.live:
            self.live[life.pairing_id] = life
        else:
            self.live.pop(life.pairing_id, None)

    @learns(ProposalExtended)
    def has_longer(self, fact: Recorded[ProposalExtended]) -> None:
        """The two have longer to answer."""
        if life := self.all.get(fact.event.pairing_id):
            life.accept_by = fact.event.accept_by

    @learns(PairingStepTakenBack)
    def put_right(self, fact: Recorded[PairingStepTakenBack]) -> None:
        """It is as if its last step had not been."""
        event, life = fact.event, self.all.get(fact.event.pairing_id)
        if life is None:
            return
        if event.step is PairingStep.CONTINUATION_END:
            life.continuation_ended_at = 0
        elif event.step is not PairingStep.AGREEMENT and life.stood:
            life.before, life.before_at = life.state, life.state_at
            life.state, life.state_at = life.stood.pop(), fact.envelope.position
            self._stands(life, fact)
        if event.step is PairingStep.COMPLETION:
            life.completed_on = None
            self.completed.pop(life.pairing_id, None)
        if event.step is PairingStep.END:
            life.stayed.clear()
            for who in life.both:
                self.first[life.cohort_id].pop(who, None)

    @learns(PairingDeclined, PairingLapsed, PairingEnded)
    def came_to_nothing(self, fact: Recorded[Any]) -> None:
        """Two are not asked once more, unless both wish it or their cohort was cancelled."""
        if getattr(fact.event, "reason", None) == COHORT_CANCELLED:
            return
        two = frozenset((fact.event.patient_leader_id, fact.event.healthcare_leader_id))
        self.to_nothing.setdefault(two, {})[fact.event.pairing_id] = fact.envelope.position
        self.wished.pop(two, None)

    @learns(PairingTakenBack, PairingStepTakenBack)
    def as_if_it_had_not_been(self, fact: Recorded[Any]) -> None:
        """What was put right keeps nobody apart."""
        event = fact.event
        two = frozenset((event.patient_leader_id, event.healthcare_leader_id))
        self.to_nothing.get(two, {}).pop(event.pairing_id, None)
        for when in get_args(Parting):
            self.parted.get((two, when), {}).pop(event.pairing_id, None)

    @learns(PartnerWishedAgain)
    def wishes(self, fact: Recorded[PartnerWishedAgain]) -> None:
        """One of two would like to be asked once more."""
        event = fact.event
        self.wished[frozenset((event.person_id, event.other_id))].add(event.person_id)

    @learns(PairingDeclined, PairingEnded, ContinuationEnded)
    def over_the_relationship(self, fact: Recorded[Any]) -> None:
        """Two will not be asked to lead together again."""
        event = fact.event
        if event.reason in OVER_THE_RELATIONSHIP:
            two = frozenset((event.patient_leader_id, event.healthcare_leader_id))
            when: Parting = "after" if isinstance(event, ContinuationEnded) else "before"
            self.parted[two, when].setdefault(event.pairing_id, fact.envelope.position)

    @learns(RepairingAsked)
    def comes_first(self, fact: Recorded[RepairingAsked]) -> None:
        """Somebody waits for a new partner."""
        event, at = fact.event, fact.envelope.position
        self.first[event.cohort_id][event.person_id] = event.pairing_id, at
        if life := self.all.get(event.pairing_id):
            life.stayed[event.person_id] = at

    @learns(PairingActivated)
    def waits_no_more(self, fact: Recorded[PairingActivated]) -> None:
        """The two have a partner."""
        for who in (fact.event.patient_leader_id, fact.event.healthcare_leader_id):
            self.first[fact.event.cohort_id].pop(who, None)

    @learns(PlaceConfirmed)
    def came(self, fact: Recorded[PlaceConfirmed]) -> None:
        """By one of their applications, if there are several."""
        event = fact.event
        self._came_by[event.cohort_id, event.person_id] = event.application_id

    @learns(PlaceGivenUp, OfferWithdrawn, ApplicationWithdrawn)
    def left(self, fact: Recorded[Any]) -> None:
        """They left the cohort, unless it was another application that they took back."""
        event = fact.event
        if self._came_by.get((event.cohort_id, event.person_id)) == event.application_id:
            self.first[event.cohort_id].pop(event.person_id, None)

    @learns(CheckInDue)
    def asked(self, fact: Recorded[CheckInDue]) -> None:
        """The two are asked how they go on; the first time counts."""
        if life := self.all.get(fact.event.pairing_id):
            life.asked.setdefault(fact.event.months, fact.envelope.position)

    @learns(ContinuationEnded)
    def gone_their_ways(self, fact: Recorded[ContinuationEnded]) -> None:
        """The partnership is over; the first time counts."""
        if life := self.all.get(fact.event.pairing_id):
            life.continuation_ended_at = life.continuation_ended_at or fact.envelope.position

    @learns(PartnerReplaced)
    def follows(self, fact: Recorded[PartnerReplaced]) -> None:
        """A pairing follows another one."""
        event = fact.event
        self.followed[event.pairing_id, event.former_pairing_id] = fact.envelope.position
