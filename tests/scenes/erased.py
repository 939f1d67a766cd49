"""Histories after which somebody was erased, and all that may be asked of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from itertools import product
from typing import Any, Final, get_args, get_type_hints

from domain.applications.application import digest_of
from domain.catalogue import MEMBERS
from domain.concerns.concern import Concern
from domain.decision import K, Knowledge
from domain.matching.canon import inputs_of
from events.applications import ApplicationAmended
from events.assessments import (
    AssessmentAmended,
    AssessorAwaitedAgain,
    AssessorStoodDown,
    CorrectionSigned,
    DecisionInDoubt,
    DecisionReopened,
)
from events.cohorts import ExtensionWithdrawn
from events.event import Event, id_fields
from events.ids import PROGRAMME, Id, PersonId
from events.matching import (
    Inputs,
    Matching,
    MatchingRunAsked,
    MatchingRunMade,
    PairAllowed,
    PairForbidden,
    PairLocked,
    PairUnlocked,
)
from events.offers import (
    ApplicationDeclined,
    DecisionCorrected,
    EmployerReleaseLost,
    OfferDayChanged,
    OfferReopened,
    OfferWithdrawn,
    PlaceGivenBack,
    ReserveReordered,
)
from events.pairings import (
    PairingDeclined,
    PairingStepTakenBack,
    PairingTakenBack,
    PartnerWishedAgain,
    PersonHeldOut,
    PersonLetIn,
)
from events.people import (
    ConsentWithdrawn,
    ContactChange,
    PersonDetailsChanged,
    PersonErased,
    RelationshipDeclared,
    RelationshipEnded,
)
from events.personal import marked, names_in
from events.projects import MilestoneRenamed, ProjectAmended, ProjectRevised
from events.reasons import OfSomebody, PersonReasonPutRight
from events.roles import RoleWithdrawn
from events.terms import Channel, PairingStep, Purpose, Relationship, Role
from events.workshops import MakeUpTakenBack
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, CARYS, COLM, application
from tests.scenes.given import NOON, audience_over, found_by, names_of_ids, unopened, without
from tests.scenes.history import happened
from tests.scenes.history_choosing import DILYS, EDITH, about, profile_of
from tests.scenes.history_learning import (
    AMINA_AND_BOLA,
    APPRAISAL,
    RUN,
    SKILLS,
    TRIAL,
    of_pair,
    of_project,
)
from tests.scenes.team import granted


def of_the_panel(kind: Any, /, **more: Any) -> Event:
    """An act of the panel about Dilys."""
    ids = {"application_id": application(DILYS), "cohort_id": AUTUMN, "person_id": DILYS}
    act: Event = kind(**ids, **more)
    return act


def inputs_of_the_run() -> Inputs:
    """What the run of the history was asked about."""
    (found,) = (one.found for one in happened() if isinstance(one, MatchingRunMade))
    given = inputs_of(found) if isinstance(found, Matching) else None
    assert given is not None
    return given


MORE: Final[tuple[Event, ...]] = (
    RelationshipDeclared(person_id=BOLA, other_id=ADA, kind=Relationship.VETO),
    RelationshipDeclared(person_id=AMINA, other_id=ADA, kind=Relationship.FAMILY),
    RelationshipDeclared(person_id=BEN, other_id=AMINA, kind=Relationship.TREATS),
    PairForbidden(
        cohort_id=AUTUMN, patient_leader_id=AMINA, healthcare_leader_id=BEN, reason="other"
    ),
    PairLocked(cohort_id=AUTUMN, patient_leader_id=AMINA, healthcare_leader_id=BEN, reason="team"),
    PairUnlocked(
        cohort_id=AUTUMN, patient_leader_id=AMINA, healthcare_leader_id=BEN, reason="other"
    ),
    RelationshipDeclared(person_id=COLM, other_id=AMINA, kind=Relationship.HOUSEHOLD),
    RelationshipEnded(
        person_id=COLM,
        other_id=AMINA,
        kind=Relationship.HOUSEHOLD,
        reason="relationship.over",
        ended_on=date(2025, 1, 2),
    ),
    PersonDetailsChanged(
        person_id=ADA,
        full_name="Ada Snow",
        change=ContactChange(town="Truro"),
        reached_by=(Channel.EMAIL, Channel.POST),
    ),
    MatchingRunAsked(run_id=RUN, cohort_id=AUTUMN, inputs=inputs_of_the_run(), digest="0" * 64),
    PairAllowed(
        cohort_id=AUTUMN, patient_leader_id=AMINA, healthcare_leader_id=BOLA, reason="other"
    ),
    about(
        ApplicationAmended,
        AMINA,
        profile=profile_of(AMINA),
        experiences=2,
        interest="I want to help.",
        words_digest=digest_of("I want to help."),
    ),
    about(AssessorStoodDown, AMINA, assessor_id=CARYS, scored=True),
    about(AssessorAwaitedAgain, AMINA, assessor_id=COLM),
    ExtensionWithdrawn(cohort_id=AUTUMN, person_id=DILYS, reason="extension.not-needed"),
    about(ReserveReordered, DILYS, place=1, reason="reserve.mix-of-people"),
    about(OfferWithdrawn, DILYS, reason="offer.made-by-mistake"),
    about(OfferDayChanged, DILYS, accept_by=date(2024, 12, 1), reason="offer.more-time"),
    about(OfferReopened, DILYS, reason="offer.answered-in-error"),
    about(PlaceGivenBack, DILYS, reason="place.our-mistake"),
    about(EmployerReleaseLost, DILYS, reason="place.employer-takes-back"),
    about(DecisionCorrected, DILYS, reason="decision.our-mistake"),
    of_the_panel(
        AssessmentAmended,
        assessor_id=COLM,
        lay=False,
        scores={"interest": 4, "leadership": 4},
        recommendation="offer",
        comment="Runs a newsletter.",
    ),
    of_the_panel(DecisionReopened),
    of_the_panel(DecisionInDoubt),
    of_the_panel(
        CorrectionSigned,
        signed_for="patient-leader",
        signed_by=COLM,
        holds="declined",
        outcome="reserve",
        reasons=("group.mix-of-people",),
        reason="decision.our-mistake",
    ),
    about(ApplicationDeclined, EDITH, reasons=("interest.not-clear",)),
    of_pair(PairingDeclined, AMINA_AND_BOLA, declined_by=BOLA, reason="no-time"),
    of_pair(PairingTakenBack, AMINA_AND_BOLA, reason="pairing.mistake"),
    of_pair(
        PairingStepTakenBack,
        AMINA_AND_BOLA,
        step=PairingStep.END,
        stands="active",
        reason="pairing.mistake",
    ),
    PersonHeldOut(person_id=ADA, reason="team", held_by=COLM),
    PersonLetIn(person_id=ADA, reason="pairing.no-ground", held_by=COLM),
    PartnerWishedAgain(person_id=AMINA, other_id=BOLA),
    granted(COLM, Role.FACILITATOR),
    RoleWithdrawn(
        person_id=COLM, programme_id=PROGRAMME, role=Role.FACILITATOR, reason="role.other-reason"
    ),
    granted(COLM, Role.COORDINATOR),
    of_project(ProjectAmended, person_id=AMINA, title="Kinder letters", aim="Be kind."),
    MilestoneRenamed(
        milestone_id=TRIAL,
        project_id=APPRAISAL,
        cohort_id=AUTUMN,
        patient_leader_id=AMINA,
        healthcare_leader_id=BOLA,
        title="Ask more people",
    ),
    MakeUpTakenBack(
        workshop_id=SKILLS, cohort_id=AUTUMN, person_id=AMINA, reason="attendance.mistake"
    ),
    ConsentWithdrawn(person_id=ADA, purpose=Purpose.NEWS, said_at=NOON),
    PersonReasonPutRight(
        person_id=DILYS,
        cohort_id=AUTUMN,
        application_id=application(DILYS),
        of=OfSomebody.OFFER_WITHDRAWN,
        reason="offer.details-not-right",
    ),
    of_project(ProjectRevised, person_id=AMINA, title="Kinder letters", aim="Be understood."),
)
"""What the history has not, of all that falls with a person."""


def signed(fact: Event) -> Event:
    """A fact whose sealed words bear the ids of those with whom they fall."""
    cover = names_in(audience_over(fact)) if fact.cover else ()
    whose = {name: names_in(mark.audience(fact)) for name, mark in marked(type(fact))}
    if fact.cover:
        whose |= {name: whose.get(name, ()) for name in type(fact).model_fields}
    told = {
        name: _signed(getattr(fact, name), sorted({*cover, *names}))
        for name, names in whose.items()
    }
    return fact.model_copy(update=told)


def _signed(value: Any, names: Sequence[str]) -> Any:
    if isinstance(value, tuple):
        return tuple(_signed(one, names) for one in value)
    words = isinstance(value, str) and not isinstance(value, Id | StrEnum)
    return f"{value}, of {' of '.join(names)}" if words else value


FACTS: Final = tuple(signed(fact) for fact in (*happened(), *MORE))
PEOPLE: Final = sorted({tag for fact in FACTS for tag in fact.tags() if isinstance(tag, PersonId)})


class Told:
    """A fact as knowledge meets it once some people were erased; each form is made once."""

    def __init__(self, fact: Event, gone: AbstractSet[str]) -> None:
        self._fact = fact
        self.shown, self.concealed = (found_by(fact, concealed=it) for it in (False, True))
        self.opened = without(gone, fact)

    @cached_property
    def unopened(self) -> Event:
        return unopened(self._fact)

    def is_of_concern(self, wanted: Knowledge) -> bool:
        found = self.concealed if wanted.finds_concealed else self.shown
        return found.issuperset(wanted.tags)


class After:
    """The knowledge that the log gives once some people were erased."""

    def __init__(self, facts: Sequence[Event], *erased: PersonId) -> None:
        self._by_tag: defaultdict[str, list[Told]] = defaultdict(list)
        gone = {*erased, *(getattr(fact, fact.forgets) for fact in facts if fact.forgets)}
        for fact in facts:
            told = Told(fact, gone)
            for tag in fact.tags():
                self._by_tag[tag].append(told)

    def __call__(self, wanted: K) -> K:
        for told in self._by_tag.get(str(wanted.tags[0]), ()):
            if told.is_of_concern(wanted):
                wanted.learn(told.unopened if wanted.unopened else told.opened)
        return wanted


def once_erased(*people: PersonId, facts: Sequence[Event] = FACTS) -> After:
    return After([*facts, *(PersonErased(person_id=who) for who in people)], *people)


KINDS: Final[list[type[Knowledge]]] = [
    one
    for one in MEMBERS
    if isinstance(one, type) and issubclass(one, Knowledge) and one.tags is not Knowledge.tags
    if one is not Concern  # of another log, in which nothing falls with a person
]
"""Every knowledge of the programme, but for what several have in common."""


@cache
def ids() -> dict[type[Id], list[Id]]:
    """Every id that a fact bears, by its kind."""
    found: defaultdict[type[Id], set[Id]] = defaultdict(set)
    for fact in FACTS:
        for name in id_fields(type(fact)):
            if value := getattr(fact, name):
                found[type(value)].add(value)
    every = {one for some in found.values() for one in some}
    return {Id: sorted(every), **{kind: sorted(some) for kind, some in found.items()}}


def asked_about(kind: type[Knowledge]) -> list[type[Id]]:
    """The kinds of ids that a knowledge is about, in its order."""
    hints = get_type_hints(kind)
    return [get_args(hints[name])[0] for name in names_of_ids(kind)]


def questions(kind: type[Knowledge]) -> Iterator[Knowledge]:
    """All that may be asked of a kind, with nothing known yet."""
    for some in product(*(ids()[one] for one in asked_about(kind))):
        if len(set(some)) == len(some):
            yield kind(*some)
