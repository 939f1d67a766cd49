from collections.abc import Iterator
from hashlib import sha256

import psycopg
import pytest
from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.tests import DCBRecorderTestCase

from services.log.log import sealed_part, turn
from services.log.recorder import Recorder


@pytest.fixture
def log(database: dict[str, str]) -> Iterator[Recorder]:
    opened = Recorder(database["commands"], connections=8)
    yield opened
    opened.close()


class Conformance(DCBRecorderTestCase):
    """The library's own tests of a recorder, which know no concurrency: a smoke test."""

    __test__ = False  # its cases are called one by one, below


def test_the_log_is_a_recorder_of_the_library(log: Recorder) -> None:
    Conformance("_test_append_read")._test_append_read(log)


def test_the_log_wakes_its_subscribers(log: Recorder) -> None:
    Conformance("_test_append_read")._test_append_subscribe(log)


def test_nobody_changes_what_was_recorded(log: Recorder, database: dict[str, str]) -> None:
    log.append([DCBEvent(type="t", data=b"{}", tags=["a"])])
    for role in ("commands", "owner"):
        for change in (
            "UPDATE log.events SET type = 'u'",
            "DELETE FROM log.events",
            "TRUNCATE log.events",
            "DELETE FROM log.tags",
        ):
            with (
                psycopg.connect(database[role]) as connection,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                connection.execute(change.encode())


def test_what_is_kept_beside_the_log_bears_its_digest_and_nobody_changes_it(
    database: dict[str, str],
) -> None:
    digest = sha256(b"sealed").hexdigest()
    with psycopg.connect(database["commands"], autocommit=True) as connection:
        for _ in range(2):  # who tries a commit again brings it again
            with turn(connection) as my:
                my.parts[digest] = b"sealed"
        assert sealed_part(connection, digest) == b"sealed"
        with pytest.raises(LookupError, match="Restore it from a backup"):
            sealed_part(connection, "0" * 64)
        with pytest.raises(psycopg.errors.CheckViolation), turn(connection) as my:
            my.parts["0" * 64] = b"something else"
    for role in ("commands", "owner"):
        for change in ("UPDATE log.parts SET sealed = ''", "DELETE FROM log.parts"):
            with (
                psycopg.connect(database[role]) as connection,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                connection.execute(change.encode())


def test_a_read_stops_at_its_limit_and_says_where(log: Recorder) -> None:
    log.append([DCBEvent(type="t", data=b"{}", tags=[f"n{n}"]) for n in range(2500)])
    reading = log.read(after=10, limit=1200)
    assert [one.position for one in reading] == list(range(11, 1211))
    assert reading.head == 1210
