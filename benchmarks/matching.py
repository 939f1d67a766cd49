"""How long the largest matching run takes, of people who are all alike, and what others notice."""

import time
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from itertools import chain
from statistics import median
from typing import Any, Final

import psycopg

from benchmarks.asking import Load, Wish, hammer, steady
from benchmarks.bench import Bench, bench, child, workers
from benchmarks.history import LONG_AGO, append, cohort, person, planned, registered
from benchmarks.pace import Pace
from benchmarks.table import Row, alone, beside, percentile
from events.applications import ApplicationSubmitted, Profile
from events.event import Event
from events.ids import ApplicationId
from events.offers import PlaceConfirmed
from events.rules import MOST_IN_A_RUN
from events.terms import Area, Day, Side, Theme
from services.matching.desk import is_computing

A_SECOND: Final = 50  # commands of others
SECONDS: Final = 12
LONGEST: Final = 60.0  # seconds that a run may take
LAST: Final = date(2025, 12, 1)


@dataclass(frozen=True)
class Runs(Wish):
    """Runs over one cohort, each by other weights; of people who are all alike."""

    def data_of(self, number: int) -> dict[str, Any]:
        """No weight leaves fewer ties, and each gives inputs of their own."""
        weights = {"area.same": number}
        return {"cohort_id": cohort(0), "weights": weights, "reason": "other-weights"}


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on matching."""
    people = 2 * MOST_IN_A_RUN
    others = (1 + 2 * pace.rounds) * A_SECOND * SECONDS
    with bench() as at, child() as client, child() as coordinator, workers(at, "commands"):
        append(at, planned(0, LAST), "planned")
        append(at, chain.from_iterable(map(_free, range(people))), "places")
        append(at, map(registered, range(people, people + others)), "others")
        used, took = people, list[float]()
        waits: dict[bool, list[float]] = {True: [], False: []}
        for number in range(2 * pace.rounds + 1):
            matches = number % 2 == 1
            wish = Wish(at.engines.nats["client"], "interest.express", used)
            asked = client.submit(steady, wish, A_SECOND, SECONDS)
            if matches:
                took.append(_made(at, coordinator, number))
            waits[matches].append(_p95(asked.result()))
            used += A_SECOND * SECONDS
    size = f"{MOST_IN_A_RUN} a side who are all alike"
    yield alone(f"a matching run of {size}, from asked for to made", median(took), "s", most=10)
    name = f"p95 of commands while {size} are matched, beside without"
    yield beside(name, median(waits[True]), median(waits[False][1:]), "ms")


def _free(number: int) -> Iterator[Event]:
    """Somebody with a place and no partner, who is as all others are."""
    who, side = person(number), (Side.PATIENT_LEADER, Side.HEALTHCARE_LEADER)[number % 2]
    application = ApplicationId.derived(LONG_AGO, str(number))
    ids = {"application_id": application, "cohort_id": cohort(0), "person_id": who, "side": side}
    themes, days = (Theme.CARERS, Theme.ACCESS), (Day.MONDAY, Day.FRIDAY)
    yield registered(number)
    yield ApplicationSubmitted.model_validate(
        {
            **ids,
            "profile": Profile(area=Area.DEVON, themes=themes, days=days),
            "experiences": 2,
            "interest": "Invented words.",
            "leadership": "Invented words.",
        }
    )
    yield PlaceConfirmed.model_validate(ids)


def _made(at: Bench, coordinator: Executor, number: int) -> float:
    """Ask for a run; the seconds until it is made."""
    wish = Runs(at.engines.nats["client"], "matching.ask", number)
    with psycopg.connect(at.engines.programme["console"], autocommit=True) as connection:
        began = time.monotonic()
        coordinator.submit(hammer, wish, 1, 1, LONGEST).result()
        while is_computing(connection):
            time.sleep(0.01)
        return time.monotonic() - began


def _p95(load: Load) -> float:
    return percentile(load.waits, 0.95) * 1000
