"""Who of a cohort is free for a partner: what pairing one by one and matching all both ask."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from domain.decision import Knowledge, Refusal, learns
from domain.offers.offer import NotOnTheCohort
from events.applications import (
    ApplicationAmended,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    Profile,
)
from events.calendar import full_months
from events.event import Event
from events.ids import ApplicationId, CohortId, PairingId, PersonId
from events.matching import LeftUnpaired
from events.offers import OfferWithdrawn, PlaceConfirmed, PlaceGivenUp, PlaceUnconfirmed
from events.pairings import (
    PairingActivated,
    PairingDeclined,
    PairingEnded,
    PairingLapsed,
    PairingProposed,
    PairingStepTakenBack,
    PairingTakenBack,
    RepairingAsked,
)
from events.personal import Erased, plain
from events.terms import PairingStep, Side

LEADS_ELSEWHERE: Final = "unpaired.leads-elsewhere"
TEAM_LOOKS_FIRST: Final = "unpaired.team-looks-first"
HandedIn = ApplicationSubmitted | ApplicationAmended


@dataclass
class Engagement(Knowledge):
    """One person of a cohort: their place, what may be matched on, and whom they are kept for.

    A completed pairing goes on to count as theirs, so nobody is paired twice in a cohort unless
    a partner left. `waits_first`: their partner left and they have no new one yet. `left_over`: how
    often a published run weighed them since they had one, and had nobody; `waits_since` the first
    of these, and `months` how long that was on the day of which it is asked (`on`). `unreleased`:
    they are not on the cohort until their employer releases them again.
    """

    cohort_id: CohortId | None
    person_id: PersonId | None
    side: Side | None = None
    profile: Profile | None = None
    experiences: int = 0
    application_id: ApplicationId | None = None
    confirmed: bool = False
    unreleased: bool = False
    pairing_id: PairingId | None = None
    waits_first: bool = False
    left_over: int = 0
    waits_since: date | None = None
    months: int = 0
    former_pairing_id: PairingId | None = None
    erased: bool = False
    handed_in: dict[ApplicationId, HandedIn] = field(default_factory=dict)
    """What each application says; who was registered twice may have handed in two."""

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id, self.cohort_id)

    @property
    def stays(self) -> bool:
        """Whether they have a place, also while their employer's release is lost."""
        return self.confirmed or self.unreleased

    def on(self, day: date) -> "Engagement":
        """The same, with the full months that they have waited on a day."""
        if self.waits_since is None:
            return self
        return replace(self, months=full_months(self.waits_since, day))

    def must_be_from(self, side: Side) -> None:
        """Refuses somebody without a confirmed place, who was erased, or with one on the other
        side.
        """
        if not self.confirmed or self.erased:
            raise NotOnTheCohort
        if self.side is not side:
            raise WrongSide

    def must_be_free(self) -> None:
        """Refuses somebody who has a partner, or is reserved for one."""
        if self.pairing_id is not None:
            raise AlreadyPaired

    @learns(ApplicationSubmitted, ApplicationAmended)
    def applied(self, event: HandedIn) -> None:
        self.handed_in[event.application_id] = event
        if self.application_id in (None, event.application_id):
            self._is_as_in(event)

    def _is_as_in(self, form: HandedIn) -> None:
        self.side, self.profile = form.side, plain(form.profile)
        self.experiences = plain(form.experiences) or 0
        self.erased = isinstance(form.profile, Erased)

    @learns(PlaceConfirmed)
    def came(self, event: PlaceConfirmed) -> None:
        self.side, self.confirmed, self.application_id = event.side, True, event.application_id
        if not self.unreleased:
            self.former_pairing_id = None
        self.unreleased = False
        if form := self.handed_in.get(event.application_id):
            self._is_as_in(form)

    @learns(PlaceUnconfirmed)
    def waits_for_the_employer(self, event: PlaceUnconfirmed) -> None:
        self.confirmed, self.unreleased = False, True

    @learns(PlaceGivenUp, ApplicationWithdrawn, OfferWithdrawn)
    def left(self, event: PlaceGivenUp | ApplicationWithdrawn | OfferWithdrawn) -> None:
        self.side = self.side or event.side
        if event.application_id == self.application_id:
            self.confirmed = self.unreleased = self.waits_first = False

    @learns(PairingProposed)
    def reserved(self, event: PairingProposed) -> None:
        self.pairing_id = event.pairing_id

    @learns(LeftUnpaired)
    def nobody_was_there(self, event: LeftUnpaired) -> None:
        if plain(event.reason) not in (LEADS_ELSEWHERE, TEAM_LOOKS_FIRST):
            self.left_over += 1
            self.waits_since = self.waits_since or event.left_on

    @learns(PairingActivated)
    def found_a_partner(self, event: PairingActivated) -> None:
        self.waits_first, self.former_pairing_id = False, None
        self.left_over, self.waits_since = 0, None

    @learns(PairingDeclined, PairingTakenBack, PairingLapsed)
    def free_again(self, event: PairingDeclined | PairingTakenBack | PairingLapsed) -> None:
        if self.pairing_id == event.pairing_id:
            self.pairing_id = None

    @learns(PairingEnded)
    def lost_a_partner(self, event: PairingEnded) -> None:
        if self.pairing_id == event.pairing_id:
            self.pairing_id, self.former_pairing_id = None, event.pairing_id

    @learns(PairingStepTakenBack)
    def has_their_partner_back(self, event: PairingStepTakenBack) -> None:
        if event.step is PairingStep.END:
            self.pairing_id = event.pairing_id
            self.waits_first, self.former_pairing_id = False, None

    @learns(RepairingAsked)
    def goes_first(self, event: RepairingAsked) -> None:
        self.waits_first = True


@dataclass
class Pool(Knowledge):
    """Everybody of a cohort, each as their own engagement sees it."""

    cohort_id: CohortId | None
    people: dict[PersonId, Engagement] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @property
    def free(self) -> tuple[PersonId, ...]:
        """Those with a confirmed place and no partner, who were not erased, by id."""
        here = {who: it for who, it in self.people.items() if it.confirmed and not it.erased}
        return tuple(sorted(who for who, it in here.items() if not it.pairing_id))

    @learns(*Engagement.facts)
    def concerning(self, event: Event) -> None:
        for one in _people(event):
            self.people.setdefault(one, Engagement(self.cohort_id, one)).learn(event)


def _people(event: Event) -> Iterator[PersonId]:
    return (tag for tag in event.tags() if isinstance(tag, PersonId))


def lost_by(one: Engagement, other: Engagement) -> tuple[PairingId, ...]:
    """The ended pairings that a new one follows, the older first."""
    waiting = (it.former_pairing_id for it in (one, other) if it.waits_first)
    return tuple(sorted({former for former in waiting if former}))


def former_of(
    one: Engagement, other: Engagement, leading: Collection[PairingId]
) -> PairingId | None:
    """The ended pairing that a new one follows: one that is `leading` a project, if either is; else
    the older.
    """
    lost = lost_by(one, other)
    return next((former for former in (*filter(leading.__contains__, lost), *lost)), None)


class WrongSide(Refusal):
    """A pair is one patient leader and one healthcare leader. Check who is on which side."""

    code = "pairing.wrong-side"


class AlreadyPaired(Refusal):
    """One of the two has a partner in this cohort already, or is being asked about one."""

    code = "pairing.already-paired"
