"""What must hold of the roles in which people act."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Final, NamedTuple

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.applications import ApplicationAmended, ApplicationStarted, ApplicationSubmitted
from events.assessments import AssessmentSubmitted, AssessorAppointed
from events.calendar import local_day
from events.catalogue import EVERY, Recorded
from events.continuation import ContinuationReported
from events.event import Event
from events.identities import IdentityTied
from events.ids import PROGRAMME, CohortId, PersonId
from events.interest import InterestExpressed, InterestWithdrawn
from events.offers import OfferAccepted, OfferDeclined, PlaceConfirmed
from events.pairings import PairingAccepted, PairingDeclined
from events.people import ConsentGiven, ConsentWithdrawn, PersonErased, PersonRegistered
from events.reflections import ReflectionSubmitted
from events.roles import GlassBroken, RoleGranted, RoleWithdrawn
from events.terms import NEWCOMER, Role, System

WITHHELD: Final = "system:withheld"
WORKERS: Final = frozenset(
    f"system:{one}"
    for one in (
        System.POLICIES,
        System.SCHEDULER,
        System.SAFEGUARDING,
        System.COMMANDS,
        System.NOTIFIER,
    )
)
FROM_OUTSIDE: Final = (PersonRegistered, PersonErased, RoleGranted, GlassBroken, IdentityTied)
"""What comes of those who run the system, before anybody has a role."""
OF_THE_TEAM: Final = frozenset(
    {
        Role.COORDINATOR,
        Role.CO_CHAIR,
        Role.FACILITATOR,
        Role.HOST,
        Role.IMPORTER,
        Role.SAFEGUARDING_LEAD,
    }
)
OWN_WORDS: Final[Mapping[type[Event], str]] = MappingProxyType(
    {
        ApplicationStarted: "person_id",
        ApplicationSubmitted: "person_id",
        ApplicationAmended: "person_id",
        AssessmentSubmitted: "assessor_id",
        ConsentGiven: "person_id",
        ConsentWithdrawn: "person_id",
        ContinuationReported: "person_id",
        InterestExpressed: "person_id",
        InterestWithdrawn: "person_id",
        OfferAccepted: "person_id",
        OfferDeclined: "person_id",
        PairingAccepted: "person_id",
        PairingDeclined: "declined_by",
        ReflectionSubmitted: "person_id",
    }
)
"""What nobody can say but one, by the field that names them."""
DAY: Final = timedelta(days=1)
Scope = tuple[Role, CohortId | None]


class Spell(NamedTuple):
    """From when to when somebody may act in a role, and the position of the fact that says so."""

    at: int
    first: date = date.min
    last: date = date.max


class ActsInARoleHeld(Invariant):
    """Something was done by somebody who did not hold the role in which they did it."""

    name: ClassVar = "roles.acts-in-a-role-held"
    rules: ClassVar = (28,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._spells: defaultdict[str, dict[Scope, Spell]] = defaultdict(dict)

    @learns(*EVERY)
    def acts(self, fact: Recorded[Any]) -> list[Finding] | None:
        """By what was so before the fact; who acted can't be seen beneath a veil."""
        event, origin = fact.event, fact.envelope.origin
        right = origin.actor == WITHHELD or self._may(fact)
        self._learn(event, fact.envelope.position)
        if right:
            return None
        spells = self._spells.get(origin.actor, {}).values()
        return [self.found((origin.actor,), *(one.at for one in spells), fact.envelope.position)]

    def _may(self, fact: Recorded[Any]) -> bool:
        event, origin = fact.event, fact.envelope.origin
        if origin.actor == NEWCOMER:
            return isinstance(event, PersonRegistered) and origin.role == Role.APPLICANT
        if not PersonId.pattern.fullmatch(origin.actor):
            worker = origin.actor in WORKERS or isinstance(event, FROM_OUTSIDE)
            return worker and origin.role == Role.SYSTEM
        if isinstance(event, PersonRegistered) and origin.role == Role.APPLICANT:
            return True  # who comes is known to nobody
        cohort_id = getattr(event, "cohort_id", None)
        anywhere = cohort_id is None and getattr(event, "programme_id", None) is None
        return any(
            one.first <= day <= one.last
            for day in asked_on(fact)
            for (role, where), one in self._spells[origin.actor].items()
            if origin.role in _acting_as(role) and (anywhere or where in (None, cohort_id))
        )

    def _learn(self, event: Event, at: int) -> None:
        match event:
            case PersonRegistered():
                self._spells[event.person_id][Role.APPLICANT, None] = Spell(at)
            case AssessorAppointed():
                self._spells[event.assessor_id][Role.ASSESSOR, event.cohort_id] = Spell(at)
            case PlaceConfirmed():
                self._spells[event.person_id][Role.PARTICIPANT, event.cohort_id] = Spell(at)
            case RoleGranted():
                spell = Spell(at, event.starts_on, event.ends_on or date.max)
                self._spells[event.person_id][event.role, event.cohort_id] = spell
            case RoleWithdrawn():
                self._spells[event.person_id].pop((event.role, event.cohort_id), None)
            case PersonErased():
                self._spells.pop(event.person_id, None)


def _acting_as(role: Role) -> tuple[Role, ...]:
    """Whoever coordinates may import as well."""
    return (role, Role.IMPORTER) if role is Role.COORDINATOR else (role,)


def asked_on(fact: Recorded[Any]) -> tuple[date, ...]:
    """The day on which it was asked for; of what is said to have happened earlier, it was asked for
    not long before it was recorded.
    """
    envelope = fact.envelope
    if envelope.origin.reason is None:
        return (local_day(envelope.origin.time),)
    recorded = local_day(envelope.recorded)
    return recorded, recorded - DAY


class NobodyUnasked(Invariant):
    """What is somebody's own to say was said by somebody of the team, and not for them; or it is
    not said how whoever it was done for asked.
    """

    name: ClassVar = "roles.nobody-unasked"
    rules: ClassVar = (28,)

    @learns(*EVERY)
    def said(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Whoever acts for themselves names nobody; what follows by itself is for who caused it."""
        origin = fact.envelope.origin
        if origin.role not in OF_THE_TEAM:
            return None
        whose = OWN_WORDS.get(type(fact.event))
        theirs = whose is None or getattr(fact.event, whose) == origin.on_behalf_of
        if theirs and (origin.on_behalf_of is None) is (origin.asked is None):
            return None
        return [self.found((origin.actor,), fact.envelope.position)]


class SomebodyCoordinates(Invariant):
    """Nobody is left who coordinates the whole programme without an end."""

    name: ClassVar = "roles.somebody-coordinates"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._without_end: dict[PersonId, int] = {}
        self._changed = 0

    @learns(RoleGranted, RoleWithdrawn)
    def changes(self, fact: Recorded[Any]) -> None:
        """Somebody comes or goes; whoever is given an end goes too."""
        event = fact.event
        if event.role is not Role.COORDINATOR or event.cohort_id is not None:
            return
        went = self._without_end.pop(event.person_id, None)
        if isinstance(event, RoleGranted) and event.ends_on is None:
            self._without_end[event.person_id] = fact.envelope.position
        elif went:
            self._changed = fact.envelope.position

    @learns(PersonErased)
    def erased(self, fact: Recorded[PersonErased]) -> None:
        """That is not for rules to refuse."""
        self._without_end.pop(fact.event.person_id, None)

    def settled(self) -> Iterator[Finding]:
        """Once all facts of a command are known."""
        at, self._changed = self._changed, 0
        if at and not self._without_end:
            yield self.found((PROGRAMME,), at)
