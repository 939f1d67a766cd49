"""Where decisions race: workshops with few places, people of one cohort, and wishes for both."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import product
from random import Random
from typing import Final

from eventsourcing.dcb.api import DCBEvent, DCBRecorder

from domain.workshops.bookings import BookWorkshop
from events.cohorts import MOST_WORKSHOPS
from events.envelope import Origin, encode, head_of
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId, WorkshopId, derived_uuid
from events.offers import PlaceConfirmed
from events.terms import Side
from events.workshops import WorkshopScheduled
from services.log.wishes import Wish
from services.vault.vault import Vault
from tests.scenes.team import in_office
from tests.scenes.training import by_the_rules
from tests.scenes.world import NOON, wish

PEOPLE, PLACES = 6, 4
WORKSHOPS: Final = tuple(WorkshopId.derived(NOON, str(number)) for number in range(200))
COHORTS: Final = tuple(CohortId.derived(NOON, str(number)) for number in range(17))
MEMBERS: Final = tuple(PersonId.derived(NOON, f"member {number}") for number in range(PEOPLE))
DAY: Final = datetime(2025, 1, 15, 10, tzinfo=UTC)
Plan = Sequence[Sequence[Wish]]


def scene(days: int) -> Iterator[Event]:
    """Workshops, and people who have a confirmed place on the cohorts whose they are. Somebody has
    one place among those of one number, so each of a cohort has another.
    """
    yield from in_office()
    for count, workshop_id in enumerate(WORKSHOPS[:days]):
        yield WorkshopScheduled(
            workshop_id=workshop_id,
            cohort_id=COHORTS[count // MOST_WORKSHOPS],
            number=count % MOST_WORKSHOPS + 1,
            title="Trying out skills",
            starts_at=DAY,
            ends_at=DAY.replace(hour=16),
            venue="The Guildhall, Exeter",
            capacity=PLACES,
            **by_the_rules(DAY, DAY.replace(hour=16)),
        )
    for cohort_id, person_id in product(COHORTS[: -(-days // MOST_WORKSHOPS)], MEMBERS):
        yield PlaceConfirmed(
            application_id=ApplicationId.derived(NOON, person_id, cohort_id),
            cohort_id=cohort_id,
            person_id=person_id,
            side=Side.PATIENT_LEADER,
        )


def plant(log: DCBRecorder, facts: Sequence[Event]) -> None:
    """Facts from position 1 on, as if somebody had commanded them."""
    log.append([planted(position, fact) for position, fact in enumerate(facts, 1)])


def planted(position: int, fact: Event, source: str = "tests") -> DCBEvent:
    """A fact as it is stored at a position."""
    by = f"planted {position}"
    cause = Origin(
        command_id=by,
        digest="0" * 32,
        actor="system:rehearsal",
        role="coordinator",
        source=source,
        time=NOON,
        traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
        correlation_id=by,
        causation_id=by,
    )
    body = encode(fact, str(derived_uuid(NOON, by)), cause)
    return DCBEvent(fact.wire_name(), head_of(position, 0, NOON) + body, [*fact.tags(), by])


def plan(vault: Vault, chance: Random, days: int, wishes: int) -> list[list[Wish]]:
    """What one writer is asked for, in groups of one to six."""
    wanted = [_wish(vault, chance, days) for _ in range(wishes)]
    groups = []
    while wanted:
        size = chance.randint(1, 6)
        groups.append(wanted[:size])
        del wanted[:size]
    return groups


def _wish(vault: Vault, chance: Random, days: int) -> Wish:
    """A booking; a third have an id that others use too, some of them for another booking."""
    workshop_id, person_id = chance.choice(WORKSHOPS[:days]), chance.choice(MEMBERS)
    named = None
    if chance.random() < 1 / 3:
        named = f"{workshop_id} {chance.choice((person_id, person_id, 'whoever'))}"
    return wish(vault, BookWorkshop(workshop_id=workshop_id, person_id=person_id), named)
