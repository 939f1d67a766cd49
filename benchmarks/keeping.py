"""How fast people are found among many, and what others notice while keys are turned."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

from benchmarks.asking import Load, Wish, steady
from benchmarks.bench import Bench, bench, child, workers
from benchmarks.history import append, person, registered
from benchmarks.pace import Pace
from benchmarks.table import Row, alone, alternated, beside, percentile
from services.vault.arrivals import Arrival
from services.vault.epochs import EpochKeys
from services.vault.rotation import Rotation
from services.vault.vault import Vault
from services.vault.words import Card

BATCH: Final = 500
LOOKS: Final = 40  # searches of each kind
MOST: Final = 100.0  # ms of one search
A_SECOND: Final = 400  # commands, while keys are turned
SECONDS: Final = 6  # of it, before and during each turning
TURNED: Final = ("epoch", "audiences", "master")
LEISURE: Final = 10  # how much whoever turns keys leaves the processor to others (nice)
REST: Final = 2  # seconds between two turnings
MOST_TURNED: Final = 20_000  # people whose keys are turned
MOST_MORE: Final = 1.2  # times the p99 of before
FIRST: Final = ("An", "Be", "Ca", "Do", "El", "Fi", "Gra", "Ho", "Im", "Jo", "Ke", "Lu", "Ma", "No")
SECOND: Final = ("da", "lia", "mar", "na", "ren", "ris", "ta", "ven", "wyn", "zac")
TOWNS: Final = ("Truro", "Exeter", "Bath", "Dorchester", "Winchester", "Lewes", "Hove", "Reading")


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on the vault."""
    yield from _finding(pace)
    yield from _turning(pace)


def _finding(pace: Pace) -> Iterator[Row]:
    with bench() as at, closing(at.vault()) as vault:
        vault.prove()
        cards = _met(vault, pace.people)
        began = time.monotonic()
        while vault.people.index(BATCH):
            pass
        yield alone("people made findable per second", len(cards) / (time.monotonic() - began), "")
        kinds: tuple[tuple[str, Callable[[Card], str]], ...] = (
            ("name", lambda one: one.full_name),
            ("two letters", lambda one: one.full_name[:2]),
            ("beginning and town", lambda one: f"{one.full_name[:4]} {one.town}"),
            ("address", lambda one: one.email or ""),
        )
        some = cards[:: len(cards) // LOOKS]
        for name, asked in kinds:
            waits = [_looked(vault, asked(one)) for one in some]
            what = f"one of {len(cards):,} people found by {name}, ms, "
            yield alone(f"{what}p50", median(waits), "ms", most=MOST)
            yield alone(f"{what}longest", max(waits), "ms", most=MOST)


def _met(vault: Vault, count: int) -> list[Card]:
    """So many people have a card."""
    cards = list(_cards(count))
    arrivals = [Arrival(person(number), card) for number, card in enumerate(cards)]
    for first in range(0, count, BATCH):
        vault.people.meet(arrivals[first : first + BATCH], lambda _: set())
    return cards


def _looked(vault: Vault, query: str) -> float:
    began = time.monotonic()
    if not vault.people.find(query):
        raise RuntimeError("somebody was not found")
    return (time.monotonic() - began) * 1000


def _cards(count: int) -> Iterator[Card]:
    chance = Random(2)  # noqa: S311 - they are invented
    for number in range(count):
        parts = [chance.choice(FIRST), chance.choice(SECOND), chance.choice(FIRST)]
        name = f"{parts[0]}{parts[1]} {parts[2]}{chance.choice(SECOND)}{chance.choice(SECOND)}"
        phone = f"07700{number:06}" if number % 2 else None
        yield Card(name, f"person-{number}@example.org", phone, chance.choice(TOWNS))


def _turning(pace: Pace) -> Iterator[Row]:
    """Commands at an even pace, without and with keys of all people that are turned beside them, in
    turn; a p99 of some seconds alone says little.
    """
    with bench() as at, child() as client, workers(at, "commands"):
        people = (1 + 2 * len(TURNED) * pace.rounds) * A_SECOND * SECONDS
        with closing(at.vault()) as vault:
            _met(vault, min(people, MOST_TURNED))
            while vault.people.index(BATCH):
                pass
        append(at, map(registered, range(people)))
        with child() as turner:
            turner.submit(os.nice, LEISURE).result()
            asking = _Asking(at, client.submit)
            asking.for_some_seconds()  # to be warm
            for name in TURNED:
                turn = partial(turner.submit, _again, at.engines.vault["keeper"], at.data, name)
                during, without = alternated(
                    pace.rounds,
                    partial(_p99, asking, turn),
                    partial(_p99, asking),
                )
                yield beside(
                    f"p99 of commands during `vault rotate {name}`, beside without",
                    during,
                    without,
                    "ms",
                    most=MOST_MORE,
                )


def _again(url: str, data: Path, what: str) -> None:
    """Turn keys again and again for as long as others ask; what is unfinished then is left."""
    keys = EpochKeys(data / "master.key", data / "epochs.keys")
    over = time.monotonic() + SECONDS

    def look_at_the_time(*_: object) -> None:
        if time.monotonic() > over:
            raise TimeoutError

    with suppress(TimeoutError), Rotation(url, keys, look_at_the_time) as one:
        turn: dict[str, Callable[[], object]] = {
            "epoch": one.epoch,
            "audiences": one.audiences,
            "master": one.master,
        }
        while time.monotonic() < over:
            turn[what]()
            time.sleep(REST)


class _Asking:
    """Asks for the people in turn, each once."""

    def __init__(self, at: Bench, submit: Callable[..., Future[Load]]) -> None:
        self._url, self._submit, self._used = at.engines.nats["client"], submit, 0

    def for_some_seconds(self, meanwhile: Callable[[], Future[None]] | None = None) -> Load:
        """What came back, while something else went on."""
        wish = Wish(self._url, "interest.express", self._used)
        self._used += A_SECOND * SECONDS
        asked = self._submit(steady, wish, A_SECOND, SECONDS)
        turned = meanwhile() if meanwhile else None
        load = asked.result()
        if turned:
            turned.result()
        return load


def _p99(asking: _Asking, meanwhile: Callable[[], Future[None]] | None = None) -> float:
    return percentile(asking.for_some_seconds(meanwhile).waits, 0.99) * 1000
