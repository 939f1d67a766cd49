"""Histories after which somebody was erased, and all that may be asked of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from functools import cache
from itertools import product
from typing import Any, Final, get_args, get_type_hints

from domain.catalogue import MEMBERS
from domain.decision import K, Knowledge
from events.event import Event, id_fields
from events.ids import PROGRAMME, Id, PersonId
from events.matching import PairAllowed, PairForbidden
from events.offers import ApplicationDeclined, OfferWithdrawn, ReserveReordered
from events.pairings import PairingDeclined, PairingTakenBack
from events.people import (
    ContactChange,
    PersonDetailsChanged,
    PersonErased,
    RelationshipDeclared,
    RelationshipEnded,
)
from events.personal import marked, names_in
from events.projects import ProjectRevised
from events.roles import RoleWithdrawn
from events.terms import Channel, Relationship, Role
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, COLM
from tests.scenes.given import audience_over, found_by, names_of_ids, unopened, without
from tests.scenes.history import happened
from tests.scenes.history_choosing import DILYS, EDITH, about
from tests.scenes.history_learning import AMINA_AND_BOLA, of_pair, of_project
from tests.scenes.team import granted

MORE: Final[tuple[Event, ...]] = (
    RelationshipDeclared(person_id=BOLA, other_id=ADA, kind=Relationship.VETO),
    RelationshipDeclared(person_id=AMINA, other_id=ADA, kind=Relationship.FAMILY),
    RelationshipDeclared(person_id=BEN, other_id=AMINA, kind=Relationship.TREATS),
    PairForbidden(
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
    PairAllowed(
        cohort_id=AUTUMN, patient_leader_id=AMINA, healthcare_leader_id=BOLA, reason="other"
    ),
    about(ReserveReordered, DILYS, place=1, reason="reserve.mix-of-people"),
    about(OfferWithdrawn, DILYS, reason="offer.made-by-mistake"),
    about(ApplicationDeclined, EDITH, reasons=("interest.not-clear",)),
    of_pair(PairingDeclined, AMINA_AND_BOLA, declined_by=BOLA, reason="no-time"),
    of_pair(PairingTakenBack, AMINA_AND_BOLA, reason="pairing.mistake"),
    granted(COLM, Role.FACILITATOR),
    RoleWithdrawn(
        person_id=COLM, programme_id=PROGRAMME, role=Role.FACILITATOR, reason="role.other-reason"
    ),
    granted(COLM, Role.COORDINATOR),
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


class After:
    """The knowledge that the log gives once some people were erased."""

    def __init__(self, facts: Sequence[Event], *erased: PersonId) -> None:
        self._by_tag: defaultdict[str, list[tuple[Event, Event]]] = defaultdict(list)
        gone = {*erased, *(getattr(fact, fact.forgets) for fact in facts if fact.forgets)}
        for fact in facts:
            for tag in fact.tags():
                self._by_tag[tag].append((fact, without(gone, fact)))

    def __call__(self, wanted: K) -> K:
        tags = wanted.tags
        for fact, opened in self._by_tag.get(str(tags[0]), ()):
            if found_by(fact, concealed=wanted.finds_concealed).issuperset(tags):
                wanted.learn(unopened(fact) if wanted.unopened else opened)
        return wanted


def once_erased(*people: PersonId, facts: Sequence[Event] = FACTS) -> After:
    return After([*facts, *(PersonErased(person_id=who) for who in people)], *people)


KINDS: Final[list[type[Knowledge]]] = [
    one
    for one in MEMBERS
    if isinstance(one, type) and issubclass(one, Knowledge) and one is not Knowledge
]
"""Every knowledge of the programme."""


@cache
def ids() -> dict[type[Id], list[Id]]:
    """Every id that a fact bears, by its kind."""
    found: defaultdict[type[Id], set[Id]] = defaultdict(set)
    for fact in FACTS:
        for name in id_fields(type(fact)):
            if value := getattr(fact, name):
                found[type(value)].add(value)
    return {kind: sorted(some) for kind, some in found.items()}


def asked_about(kind: type[Knowledge]) -> list[type[Id]]:
    """The kinds of ids that a knowledge is about, in its order."""
    hints = get_type_hints(kind)
    return [get_args(hints[name])[0] for name in names_of_ids(kind)]


def questions(kind: type[Knowledge]) -> Iterator[Knowledge]:
    """All that may be asked of a kind, with nothing known yet."""
    for some in product(*(ids()[one] for one in asked_about(kind))):
        if len(set(some)) == len(some):
            yield kind(*some)
