"""How fast newcomers are registered, each with keys of their own, beside commands without."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.asking import Wish, hammer
from benchmarks.bench import bench, child, workers
from benchmarks.history import append, registered
from benchmarks.pace import Pace
from benchmarks.table import Row, alone, beside

IN_FLIGHT: Final = 64
WARM: Final = 200


@dataclass(frozen=True)
class Newcomers(Wish):
    """People of whom nobody has heard, each by an address of their own."""

    def data_of(self, number: int) -> dict[str, str]:
        """Who they are; nobody has the address of somebody in the invented history."""
        return {"full_name": f"Newcomer {number}", "email": f"newcomer-{number}@example.org"}


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on newcomers."""
    with bench() as at, child() as client, workers(at, "commands"):
        people = pace.people // 2
        append(at, map(registered, range(people)))
        url, used = at.engines.nats["client"], WARM
        for kind in (Newcomers(url, "person.register", 0), Wish(url, "interest.express", 0)):
            client.submit(hammer, kind, WARM, IN_FLIGHT, pace.seconds).result()
        new, known = list[float](), list[float]()
        share = (people - WARM) // pace.rounds
        for _ in range(pace.rounds):
            for rates, kind in (
                (new, Newcomers(url, "person.register", used)),
                (known, Wish(url, "interest.express", used)),
            ):
                load = client.submit(hammer, kind, share, IN_FLIGHT, pace.seconds).result()
                rates.append(load.rate)
            used += share
    name = f"newcomers registered per second, {IN_FLIGHT} in flight"
    yield beside(f"{name}, beside commands without", median(new), median(known), "commands/s")
    yield alone(name, median(new), "commands/s")
