"""The peers: the same decision through other DCB logs, read and conditional append, by threads.

They do less than the door: nothing crosses NATS, no form is checked, no rule is asked, and what
they append was encoded before the clock starts.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import umadb
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.postgres import PostgresDatastore

from benchmarks.asking import Load
from benchmarks.bench import stop, until
from benchmarks.history import in_the_clear, person, registered
from domain.interest.interest import Interest
from domain.people.person import Person
from events.interest import InterestExpressed
from services.log.log import Stored

BATCH: Final = 500
LIBRARY_THREADS: Final = 16  # more of them make the library slower
PERSON: Final = [fact.wire_name() for fact in Person.facts]
INTEREST: Final = [fact.wire_name() for fact in Interest.facts]
Decide = Callable[[Stored], None]


def library_knows(url: str, people: int) -> None:
    """Register people in the library's tables, which are made here."""
    with _library(url, 1) as recorder:
        recorder.create_table()
        for batch in _registrations(people):
            recorder.append([DCBEvent(row.type, row.document, row.tags) for row in batch])


def library(url: str, first: int, count: int, threads: int, seconds: float) -> Load:
    """`interest.express` for people from `first` on through `PostgresDCBRecorderTT`."""
    with _library(url, min(threads, LIBRARY_THREADS)) as recorder:

        def decide(row: Stored) -> None:
            query = DCBQuery([DCBQueryItem(types, tags) for types, tags in boundary(row)])
            known = recorder.read(query)
            must_be_registered([one.event.type for one in known])
            event = DCBEvent(row.type, row.document, row.tags)
            recorder.append([event], DCBAppendCondition(query, known.head))

        return _hammer(decide, _wishes(first, count), min(threads, LIBRARY_THREADS), seconds)


@contextmanager
def _library(url: str, threads: int) -> Iterator[PostgresDCBRecorderTT]:
    at = urlsplit(url)
    datastore = PostgresDatastore(
        at.path[1:],
        at.hostname or "",
        at.port or 5432,
        at.username or "",
        at.password or "",
        pool_size=threads,
    )
    try:
        yield PostgresDCBRecorderTT(datastore)
    finally:
        datastore.close()


@contextmanager
def uma_server(folder: Path) -> Iterator[str]:
    """UmaDB's server with the settings it comes with; its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    words = ["--listen", address, "--db-path", str(folder)]
    run = "import sys, umadb; umadb.run_server_from_args(['umadb', *sys.argv[1:]])"
    with subprocess.Popen(  # noqa: S603 - the wheel's own server, without a shell
        [sys.executable, "-c", run, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        until(lambda: _answers(address), "UmaDB")
        try:
            yield f"http://{address}"
        finally:
            stop(process)


def _answers(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def uma_knows(url: str, people: int) -> None:
    """Register people in UmaDB."""
    with closing(umadb.Client(url)) as client:
        for batch in _registrations(people):
            client.append([umadb.Event(row.type, row.document, row.tags) for row in batch])


def uma(url: str, first: int, count: int, threads: int, seconds: float) -> Load:
    """`interest.express` for people from `first` on through UmaDB."""
    with closing(umadb.Client(url)) as client:

        def decide(row: Stored) -> None:
            query = umadb.Query([umadb.QueryItem(types, tags) for types, tags in boundary(row)])
            known, head = client.read(query).collect_with_head()
            must_be_registered([one.event.event_type for one in known])
            event = umadb.Event(row.type, row.document, row.tags)
            client.append([event], umadb.AppendCondition(query, head))

        return _hammer(decide, _wishes(first, count), threads, seconds)


def boundary(row: Stored) -> list[tuple[list[str], list[str]]]:
    """What `interest.express` needs to know, as types and tags, and its own command's id."""
    one, by = row.tags
    return [(PERSON, [one]), (INTEREST, [one]), ([], [by])]


def must_be_registered(known: Sequence[str]) -> None:
    """The decision itself, at its shortest."""
    if len(known) != 1:
        raise RuntimeError(f"one registration was expected, and {known} was found")


def _registrations(people: int) -> Iterator[list[Stored]]:
    for first in range(0, people, BATCH):
        facts = [registered(number) for number in range(first, min(first + BATCH, people))]
        yield list(in_the_clear(facts, first, "registered"))


def _wishes(first: int, count: int) -> list[Stored]:
    facts = [InterestExpressed(person_id=person(one)) for one in range(first, first + count)]
    return list(in_the_clear(facts, first, "interest"))


def _hammer(decide: Decide, wishes: list[Stored], threads: int, seconds: float) -> Load:
    load, left = Load(), iter(wishes)
    began = time.monotonic()

    def one_after_another() -> None:
        for row in left:
            sent = time.monotonic()
            decide(row)
            load.waits.append(time.monotonic() - sent)
            if sent - began > seconds:
                return

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(one_after_another) for _ in range(threads)]:
            done.result()
    load.seconds = time.monotonic() - began
    load.answered = len(load.waits)
    return load
