"""Invented history: facts as the writer would have stored them, put into the log by its own write.

Measurements need people who are registered and cohorts with a past; sending all of that through
the door would take longer than what is measured.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain, islice
from typing import Any, Final

import psycopg

from benchmarks.bench import Bench
from domain.decision import Act
from events.applications import (
    ApplicationStarted,
    ApplicationSubmitted,
    EligibilityConfirmed,
    Profile,
)
from events.cohorts import ApplicationsOpened, CohortPlanned, Criterion
from events.envelope import Origin, encode, head_of
from events.event import Event
from events.ids import PROGRAMME, ApplicationId, CohortId, CommandId, PersonId, derived_uuid
from events.interest import InterestExpressed, InvitedToApply
from events.people import ConsentGiven, Contact, ContactPreferenceStated, PersonRegistered
from events.roles import RoleGranted
from events.terms import Area, Channel, Role, Side, Theme
from services.log.log import Stored, head_of_log, turn, write
from services.log.sealing import shut
from services.vault.vault import Vault

LONG_AGO: Final = datetime(2024, 9, 2, 9, 0, tzinfo=UTC)
BATCH: Final = 2000
PEOPLE_OF_A_COHORT: Final = 40
COORDINATOR: Final = PersonId.derived(LONG_AGO, "coordinator")


def person(number: int) -> PersonId:
    """Always the same invented person."""
    return PersonId.derived(LONG_AGO, str(number))


def cohort(number: int) -> CohortId:
    """Always the same invented cohort."""
    return CohortId.derived(LONG_AGO, str(number))


def command(*parts: str) -> CommandId:
    """The id of an invented command."""
    return CommandId.derived(LONG_AGO, *parts)


def registered(number: int) -> PersonRegistered:
    """Somebody is known."""
    return PersonRegistered(
        person_id=person(number),
        full_name=f"Invented Person {number}",
        contact=Contact(email=f"person-{number}@example.org"),
        reached_by=(Channel.EMAIL,),
    )


def planned(number: int, last: date = date(2099, 12, 1)) -> tuple[Event, ...]:
    """A cohort that takes applications."""
    plan = CohortPlanned(
        cohort_id=cohort(number),
        title=f"Cohort {number}",
        opens_on=date(2024, 9, 1),
        closes_on=last,
        decisions_on=last,
        starts_on=last,
        ends_on=last,
        places_per_side=200,
        criteria=(Criterion(code="interest", title="Interest in healthcare"),),
    )
    return plan, ApplicationsOpened(cohort_id=cohort(number))


def invited(number: int, cohort_id: CohortId) -> InvitedToApply:
    """One of many facts that bear a cohort's tag."""
    return InvitedToApply(person_id=person(number), cohort_id=cohort_id)


def interested(number: int) -> tuple[Event, ...]:
    """Somebody who is registered and would like to hear more."""
    return registered(number), InterestExpressed(person_id=person(number))


def lives(first: int, people: int) -> Iterator[Event]:
    """Cohorts of forty who come, are invited, apply and are found eligible: eight facts each."""
    for number in range(first, first + people):
        if (number - first) % PEOPLE_OF_A_COHORT == 0:
            yield from planned(number)
        yield from _life(number, cohort(number - (number - first) % PEOPLE_OF_A_COHORT))


def _life(number: int, cohort_id: CohortId) -> Iterator[Event]:
    person_id, side = person(number), (Side.PATIENT_LEADER, Side.HEALTHCARE_LEADER)[number % 2]
    ids: dict[str, Any] = {
        "application_id": ApplicationId.derived(LONG_AGO, str(number)),
        "cohort_id": cohort_id,
        "person_id": person_id,
        "side": side,
    }
    yield registered(number)
    yield ContactPreferenceStated(person_id=person_id, channel=Channel.EMAIL)
    yield ConsentGiven(person_id=person_id)
    yield InterestExpressed(person_id=person_id, side=side)
    yield invited(number, cohort_id)
    yield ApplicationStarted(**ids)
    yield ApplicationSubmitted(
        **ids,
        profile=Profile(area=Area.DEVON, themes=(Theme.CARERS, Theme.ACCESS)),
        experiences=2,
        interest="Invented words. " * 18,
        leadership="Invented words. " * 18,
    )
    yield EligibilityConfirmed(**ids)


def coordinating() -> tuple[Event, ...]:
    """Somebody is registered, and may do whatever coordinators may."""
    who = registered(0).model_copy(update={"person_id": COORDINATOR})
    granted = RoleGranted(
        person_id=COORDINATOR,
        programme_id=PROGRAMME,
        role=Role.COORDINATOR,
        starts_on=LONG_AGO.date(),
    )
    return who, granted


def append(at: Bench, facts: Iterable[Event], label: str = "history") -> int:
    """Append facts in large commits, each as by a command of its own; gives the new head.

    An empty log begins with somebody who coordinates.
    """
    given, vault = iter(facts), at.vault()
    try:
        with psycopg.connect(at.programme, autocommit=True) as connection:
            if not head_of_log(connection):
                given = chain(coordinating(), given)
            while True:
                batch = list(islice(given, BATCH))
                vault.welcome(one for fact in batch for one in fact.tags() if _is_person(one))
                with turn(connection) as my:
                    if not batch:
                        return my.head
                    write(my, list(rows(batch, my.head, label, vault)))
    finally:
        vault.close()


def in_the_clear(facts: Sequence[Event], head: int, label: str) -> Iterator[Stored]:
    """The rows of facts at the positions that follow `head`, unsealed: shorter, for the peers."""
    for position, fact in enumerate(facts, head + 1):
        by = command(label, str(position))
        body = encode(fact, str(derived_uuid(LONG_AGO, by)), _origin(by))
        document = head_of(position, 0, LONG_AGO) + body
        yield Stored(position, fact.wire_name(), [*fact.tags(), by], document)


def rows(facts: Sequence[Event], head: int, label: str, vault: Vault) -> Iterator[Stored]:
    """The rows of facts at the positions that follow `head`, sealed as the writer seals them."""
    for position, fact in enumerate(facts, head + 1):
        by = command(label, str(position))
        act = Act(by, LONG_AGO, "system:policies", Role.SYSTEM)
        (one,) = shut([fact], act, _origin(by), vault)
        body = head_of(position, 0, LONG_AGO) + one.body
        yield Stored(position, one.stored.wire_name(), one.tags, body)


def _is_person(tag: str) -> bool:
    return isinstance(tag, PersonId)


def _origin(by: CommandId) -> Origin:
    return Origin(
        command_id=by,
        digest="0" * 32,
        actor="system:policies",
        role="system",
        source="benchmarks",
        time=LONG_AGO,
        traceparent=f"00-{'0' * 31}1-{'0' * 15}1-01",
        correlation_id=by,
        causation_id=by,
    )
