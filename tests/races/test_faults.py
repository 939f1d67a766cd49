from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from eventsourcing.dcb.api import DCBEvent

from events.cohorts import CohortStarted
from events.envelope import HEAD_BYTES, head_of
from events.ids import CohortId
from services.engines.addresses import Engines
from services.engines.embedded import embedded
from services.log import writer as writing
from services.log.log import Log
from tests.races.booking import begin, insisted, raced, verdict
from tests.races.conftest import Fresh
from tests.races.findings import in_words
from tests.races.ours import OURS, log_on, writer_on
from tests.races.sabotage import ended_in_commit, no_room, server_killed, time_outs
from tests.races.scene import plan, planted
from tests.scenes.databases import fresh_databases, make_templates
from tests.scenes.world import NOON, vault_of

FILLING = CohortStarted(cohort_id=CohortId.derived(NOON, "spring"))  # no wish must know of it
SMALL = planted(0, FILLING)  # smaller than whatever a wish brings about
LARGE = planted(0, FILLING, source="x" * 7200)  # a page has no other row
ROOM = 16 * 2**20  # bytes: what a segment of the write-ahead log has, which must still be written


@pytest.fixture(scope="module")
def durable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Engines]]:
    """A data folder and its engines, which write to the disk as they do in earnest."""
    data = tmp_path_factory.mktemp("durable") / "data"
    with embedded(data) as engines:
        make_templates(engines)
        yield data, engines


def test_statements_and_turns_that_take_too_long_harm_nobody(another: Fresh) -> None:
    with another() as engines:
        trouble = time_outs(engines, Random(1))
        findings = raced(OURS, engines, 1, trouble, days=20, wishes=120)
    assert not +findings, in_words(findings)


def test_connections_that_end_in_commit_harm_nobody(durable: tuple[Path, Engines]) -> None:
    ended: list[int] = []
    with fresh_databases(durable[1]) as engines:
        findings = raced(OURS, engines, 2, ended_in_commit(engines, ended), days=20, wishes=120)
    assert ended
    assert not +findings, in_words(findings)


@pytest.mark.timeout(300)
def test_a_server_that_loses_all_its_processes_harms_nobody(durable: tuple[Path, Engines]) -> None:
    (data, engines), killed = durable, list[int]()
    with fresh_databases(engines) as fresh:
        trouble = server_killed(data, Random(3), killed)
        findings = raced(OURS, fresh, 3, trouble, days=250, wishes=1500)
    assert len(killed) == 2
    assert not +findings, in_words(findings)


def test_a_writer_that_freezes_in_its_turn_loses_it(
    another: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BOUNDS", "SET idle_in_transaction_session_timeout = '300ms'")
    with another() as engines, vault_of(engines) as vault:
        begin(OURS, engines, 3)
        first, second = plan(vault, Random(5), 3, 12), plan(vault, Random(6), 3, 12)
        with writer_on(engines) as frozen, writer_on(engines) as other:
            look_again = frozen._look_again

            def freeze(*given: Any) -> None:
                look_again(*given)
                assert all(insisted(other, group, 10) for group in second)

            with monkeypatch.context() as patched:
                patched.setattr(frozen, "_look_again", freeze)
                assert not insisted(frozen, first[0], 0)
            assert all(insisted(frozen, group, 0) for group in first)
        findings = verdict(OURS, engines, [first, second])
    assert not +findings, in_words(findings)


def test_a_full_disk_harms_nobody(durable: tuple[Path, Engines]) -> None:
    """Nothing is recorded and nothing is lost; when there is room again, all is answered."""
    data, engines = durable
    with fresh_databases(engines) as fresh, vault_of(fresh) as vault:
        begin(OURS, fresh, 20)
        wishes = plan(vault, Random(4), 20, 60)
        size = filled(fresh, ROOM, LARGE, 100)
        with no_room(data, size):
            for row in (LARGE, SMALL):
                with pytest.raises(psycopg.Error, match="could not extend file"):
                    filled(fresh, size + 1, row, 1)
            with writer_on(fresh) as writer:
                refused = [group for group in wishes if not insisted(writer, group, 0)]
        assert refused == wishes
        with writer_on(fresh) as writer:
            assert all(insisted(writer, group, 10) for group in wishes)
        findings = verdict(OURS, fresh, [wishes])
    assert not +findings, in_words(findings)
    facts = [fact for group in wishes for wish in group for fact in wish.facts]
    assert len(SMALL.data) < min(len(fact.body) for fact in facts)


def filled(engines: Engines, size: int, row: DCBEvent, at_once: int) -> int:
    """The log's file once it has at least `size` bytes, and PostgreSQL knows what is free in it."""
    owner = psycopg.connect(engines.programme["owner"], autocommit=True)
    with owner, log_on(engines) as log:
        assert isinstance(log, Log)
        while (reached := _size(owner)) < size:
            head = log.head()
            log.append([_at(head + number, row) for number in range(1, at_once + 1)])
        owner.execute("VACUUM log.events")
    return reached


def _size(reader: psycopg.Connection) -> int:
    row = reader.execute("SELECT pg_relation_size('log.events')").fetchone()
    return int(row[0]) if row else 0


def _at(position: int, row: DCBEvent) -> DCBEvent:
    return DCBEvent(row.type, head_of(position, 0, NOON) + row.data[HEAD_BYTES:], row.tags)
