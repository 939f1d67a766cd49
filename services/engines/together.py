"""Several statements in one message, for what is asked of the database with each group of commands.

psycopg's cursors find out for each statement, in Python, what its values are and how they are
written, which takes longer than most statements do. Here values come as they travel, in
PostgreSQL's binary form, and each statement is prepared once; rows are read as cursors read them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from struct import Struct
from typing import Any, Final, LiteralString, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

LONG: Final = Struct(">q").pack
LENGTH: Final = Struct(">i").pack
LENGTH_AND_LONG: Final = Struct(">iq").pack
HEAD: Final = Struct(">iiiii").pack
EMPTY: Final = Struct(">iii").pack


def _list(kind: int, values: Sequence[bytes]) -> bytes:
    if not values:
        return EMPTY(0, 0, kind)
    parts = [HEAD(1, 0, kind, len(values), 1)]
    for one in values:
        parts += (LENGTH(len(one)), one)
    return b"".join(parts)


def _longs(values: Sequence[int]) -> bytes:
    if not values:
        return EMPTY(0, 0, INT8.oid)
    head = HEAD(1, 0, INT8.oid, len(values), 1)
    return head + b"".join([LENGTH_AND_LONG(8, one) for one in values])


def _texts(values: Iterable[str]) -> bytes:
    return _list(TEXT.oid, [one.encode() for one in values])


def _byteas(values: Sequence[bytes]) -> bytes:
    return _list(BYTEA.oid, values)


class Type(NamedTuple):
    """A type of PostgreSQL: its number there, and how a value is written."""

    oid: int
    written: Callable[[Any], bytes]


BYTEA: Final = Type(17, bytes)
INT8: Final = Type(20, LONG)
TEXT: Final = Type(25, str.encode)
BYTEAS: Final = Type(1001, _byteas)
TEXTS: Final = Type(1009, _texts)
INT8S: Final = Type(1016, _longs)


class Statement(NamedTuple):
    """SQL in which `$1` and so on stand for values of these types."""

    text: LiteralString
    types: tuple[Type, ...] = ()

    def __call__(self, *values: Any) -> "WithValues":
        """The statement with its values; None is NULL."""
        pairs = zip(self.types, values, strict=True)
        written = [None if it is None else one.written(it) for one, it in pairs]
        return WithValues(self, tuple(written))


class WithValues(NamedTuple):
    """A statement with its values as they travel."""

    statement: Statement
    values: tuple[bytes | None, ...]


BEGIN: Final = Statement("BEGIN")()
COMMIT: Final = Statement("COMMIT")()

_prepared: WeakKeyDictionary[psycopg.Connection[Any], set[bytes]] = WeakKeyDictionary()


def ask(connection: psycopg.Connection[Any], *asked: WithValues) -> list[PGresult]:
    """What the database answers to each of these, which are sent together and done in their order.

    Raises psycopg.Error for the first that fails; those behind it were not done. In autocommit they
    are one transaction, unless one of them is a BEGIN or a COMMIT.
    """
    with connection.lock:  # which cursors take too: another thread may be about to ask
        known = _prepared.setdefault(connection, set())
        names, results = _exchanged(connection, asked, known)
        answered = list(zip(names, results, strict=False))  # a connection that is lost answers less
        known |= {name for name, one in answered if name and one.status == ExecStatus.COMMAND_OK}
    for _, one in answered:
        if one.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(one, encoding=connection.info.encoding)
    return [one for name, one in answered if name is None]


def _exchanged(
    connection: psycopg.Connection[Any], asked: Iterable[WithValues], known: Collection[bytes]
) -> tuple[list[bytes | None], list[PGresult]]:
    """All results, and beside each the name under which a statement was prepared, or None for what
    it was asked.
    """
    pgconn, names = connection.pgconn, list[bytes | None]()
    pgconn.enter_pipeline_mode()
    try:
        for statement, values in asked:
            name = _name(statement.text)
            if name not in known and name not in names:
                types = [one.oid for one in statement.types]
                pgconn.send_prepare(name, statement.text.encode(), types)
                names.append(name)
            pgconn.send_query_prepared(name, values, [Format.BINARY] * len(values), Format.BINARY)
            names.append(None)
        pgconn.pipeline_sync()
        return names, connection.wait(_answers(pgconn))
    finally:
        with suppress(psycopg.Error):  # a connection on which something is left is of no more use
            pgconn.exit_pipeline_mode()


def forgotten(connection: psycopg.Connection[Any]) -> None:
    """Nothing is prepared any more on a connection. Ours say so themselves (`connecting`); any
    other is of no more use here once psycopg has had it forgotten.
    """
    _prepared.pop(connection, None)


@contextmanager
def begun(connection: psycopg.Connection[Any], *asked: WithValues) -> Iterator[list[PGresult]]:
    """A transaction that begins with these statements, and what is answered to them. It ends with a
    COMMIT, unless there was one with what is asked last; what raises rolls it back.
    """
    try:
        yield ask(connection, BEGIN, *asked)[1:]
        connection.commit()
    except BaseException:
        with suppress(psycopg.Error):
            connection.rollback()
        raise


def rows(connection: psycopg.Connection[Any], result: PGresult) -> list[tuple[Any, ...]]:
    """The rows of an answer."""
    reading = Transformer(connection)
    reading.set_pgresult(result)
    return reading.load_rows(0, result.ntuples, tuple)


def found(connection: psycopg.Connection[Any], asked: WithValues) -> list[tuple[Any, ...]]:
    """The rows that answer one statement which goes alone."""
    (answer,) = ask(connection, asked)
    return rows(connection, answer)


def _answers(pgconn: PGconn) -> PQGen[list[PGresult]]:
    yield from send(pgconn)
    found: list[PGresult] = []
    while True:
        try:
            several = yield from fetch_many(pgconn)
        except psycopg.DatabaseError:
            # A server says why it ends a connection, and then it is lost: the reason counts.
            if any(one.status == ExecStatus.FATAL_ERROR for one in found):
                return found
            raise
        for one in several:
            if one.status == ExecStatus.PIPELINE_SYNC:
                return found
            found.append(one)


@cache
def _name(text: str) -> bytes:
    """The name of a prepared statement: the same for the same text."""
    return sha256(text.encode()).hexdigest()[:32].encode()
