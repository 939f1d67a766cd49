"""The log keeps its own order, whatever whoever has the writer's role puts in."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import psycopg
import pytest

from events.envelope import HEAD_BYTES, head_of, timestamp
from services.log.log import Stored
from tests.scenes.world import NOON

COPY = "COPY log.events (position, type, tags, document) FROM STDIN (FORMAT BINARY)"
ROW = "INSERT INTO log.events (position, type, tags, document) VALUES "


def event(position: int, seconds: float = 0) -> bytes:
    return head_of(position, 0, NOON + timedelta(seconds=seconds)) + b'"data":{}}'


def row(position: int, document: bytes = b"opaque") -> Stored:
    return Stored(position, "t", [f"n{position}"], document)


def insert(connection: psycopg.Connection, *rows: Stored) -> None:
    """In one statement."""
    values = ", ".join(["(%s, %s, %s, %s)"] * len(rows))
    connection.execute((ROW + values).encode(), [field for one in rows for field in one])


def copy(connection: psycopg.Connection, *rows: Stored) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY) as into:
        into.set_types(("int8", "text", "text[]", "bytea"))
        for one in rows:
            into.write_row(one)


@pytest.fixture
def writer(database: dict[str, str]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database["commands"], autocommit=True) as connection:
        insert(connection, row(1), row(2))
        yield connection


def positions(connection: psycopg.Connection) -> list[int]:
    rows = connection.execute("SELECT position FROM log.events ORDER BY position")
    return [position for (position,) in rows]


def tags(connection: psycopg.Connection) -> list[tuple[str, int]]:
    rows = connection.execute("SELECT tag, position FROM log.tags ORDER BY position, tag")
    return [(tag, position) for tag, position in rows]


@pytest.mark.parametrize("put", [insert, copy])
@pytest.mark.parametrize("given", [[4], [3, 5], [4, 3], [1000], [3, 4, 6], [2**62]], ids=str)
def test_nobody_leaves_a_gap(
    writer: psycopg.Connection, put: Callable[..., None], given: Sequence[int]
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not the next position"):
        put(writer, *map(row, given))
    assert positions(writer) == [1, 2]
    put(writer, row(3), row(4))
    assert positions(writer) == [1, 2, 3, 4]


def test_the_first_position_is_one(database: dict[str, str]) -> None:
    with psycopg.connect(database["commands"], autocommit=True) as writer:
        for position in (2, 7):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                insert(writer, row(position))
        with pytest.raises(psycopg.errors.IntegrityError):
            insert(writer, row(0))
        insert(writer, row(1))
        assert positions(writer) == [1]


def test_no_position_is_given_twice_or_left_out_by_two_at_once(
    writer: psycopg.Connection, database: dict[str, str]
) -> None:
    """Also where nobody has taken a turn."""
    with psycopg.connect(database["commands"]) as other:
        insert(other, row(3))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            insert(writer, row(4))  # what comes before it is not there for all
        other.rollback()
    assert positions(writer) == [1, 2]


def test_an_event_has_the_tags_it_bears_and_nobody_gives_it_others(
    writer: psycopg.Connection, database: dict[str, str]
) -> None:
    copy(writer, Stored(3, "t", ["b", "a"], b"opaque"))
    assert tags(writer) == [("n1", 1), ("n2", 2), ("a", 3), ("b", 3)]
    for role in ("commands", "projector", "operator"):
        with (
            psycopg.connect(database[role]) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("INSERT INTO log.tags VALUES ('n1', 't', 2)")


def test_the_time_of_recording_never_goes_back(writer: psycopg.Connection) -> None:
    insert(writer, row(3, event(3, 10)))
    for put in (insert, copy):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="does not go back"):
            put(writer, row(4, event(4, 9.999999)))
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="does not go back"):
            put(writer, row(4, event(4, 20)), row(5, event(5, 19)))
    copy(writer, row(4, event(4, 10)), row(5, event(5, 10.000001)))
    assert positions(writer) == [1, 2, 3, 4, 5]


def test_the_log_knows_where_an_event_says_when_it_was_recorded() -> None:
    beginning = event(1)[:HEAD_BYTES]
    assert beginning[:33] == b'{"specversion":"1.0","sequence":"'
    assert beginning[97:124].decode() == timestamp(NOON)
