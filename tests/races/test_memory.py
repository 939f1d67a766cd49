import time
from collections.abc import Iterator

import psycopg
import pytest
from eventsourcing.dcb.api import DCBRecorder

from domain.cohorts.cohort import PlanCohort
from domain.interest.interest import ExpressInterest, WithdrawInterest
from events.event import Event
from events.ids import CohortId, PersonId
from events.interest import InterestExpressed, InvitedToApply
from events.people import Contact, PersonRegistered
from services.engines.addresses import Engines
from services.log.memory import SLICE
from services.log.wishes import Accepted, Wish
from services.log.writer import Writer
from services.vault.vault import Vault
from tests.races.ours import log_on
from tests.races.scene import planted
from tests.scenes.team import in_office
from tests.scenes.world import NOON, a_plan, vault_of, wish, writer_on

ADA = PersonId.derived(NOON, "Ada")
INVITATIONS = 5 * SLICE
BATCH = 2500


def ada() -> Iterator[Event]:
    """Somebody of whom there is very much to know, in a programme that Ruth coordinates."""
    yield from in_office()
    yield PersonRegistered(person_id=ADA, full_name="Ada", contact=Contact(email="ada@example.org"))
    yield InterestExpressed(person_id=ADA)
    for number in range(INVITATIONS):
        yield InvitedToApply(person_id=ADA, cohort_id=CohortId.derived(NOON, str(number)))


@pytest.fixture
def long(fresh: Engines) -> Engines:
    """Engines with a long log, nearly all of it about one person."""
    with log_on(fresh) as log:
        facts = list(enumerate(ada(), 1))
        for first in range(0, len(facts), BATCH):
            _plant(log, facts[first : first + BATCH])
    return fresh


def _plant(log: DCBRecorder, facts: list[tuple[int, Event]]) -> None:
    log.append([planted(position, fact) for position, fact in facts])


def quick(vault: Vault) -> Wish:
    return wish(vault, PlanCohort.model_validate(a_plan()))


def facts_of(one: Wish) -> list[str]:
    assert isinstance(one.answer, Accepted), one.answer
    return [fact.name for fact in one.answer.written]


def test_a_cold_start_reads_no_more_of_a_long_log_than_it_needs(long: Engines) -> None:
    with psycopg.connect(long.programme["owner"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE log.events, log.tags")
        before = _rows_read(owner)
        with vault_of(long) as vault, writer_on(long, vault) as writer:
            one = quick(vault)
            writer.decide([one])
            assert len(facts_of(one)) == 1
        deadline = time.monotonic() + 10
        while (read := _rows_read(owner) - before) == 0:  # told when the connection has closed
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert read < INVITATIONS / 10


def _rows_read(owner: psycopg.Connection) -> int:
    row = owner.execute(
        "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))"
        " + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE schemaname = 'log')"
        " FROM pg_stat_user_tables WHERE schemaname = 'log'"
    ).fetchone()
    return int(row[0]) if row else 0


def test_heavy_knowledge_is_loaded_in_parts_between_which_others_are_answered(
    long: Engines,
) -> None:
    with vault_of(long) as vault, writer_on(long, vault) as writer:
        heavy, rounds = wish(vault, ExpressInterest(person_id=ADA)), 0
        while heavy.answer is None:
            other = quick(vault)
            writer.decide([heavy, other])
            assert len(facts_of(other)) == 1
            rounds += 1
        assert rounds == INVITATIONS // SLICE + 1
        assert facts_of(heavy) == []


def test_what_happens_while_knowledge_is_loaded_belongs_to_it(long: Engines) -> None:
    with (
        vault_of(long) as vault,
        writer_on(long, vault) as slow,
        writer_on(long, vault) as another,
    ):
        again = wish(vault, ExpressInterest(person_id=ADA))
        _decide_some(slow, again, 2)
        withdrawn = wish(vault, WithdrawInterest(person_id=ADA))
        _decide_until_answered(another, withdrawn)
        assert again.answer is None
        _decide_until_answered(slow, again)
        assert facts_of(withdrawn) == ["interest.withdrawn"]
        assert facts_of(again) == ["interest.expressed"]


def _decide_some(writer: Writer, one: Wish, times: int) -> None:
    for _ in range(times):
        writer.decide([one])


def _decide_until_answered(writer: Writer, one: Wish) -> None:
    while one.answer is None:
        writer.decide([one])
