"""Whether a tag that many facts bear slows the commands that bear it too."""

from collections.abc import Callable, Iterator
from itertools import chain

from benchmarks.asking import Wish, hammer
from benchmarks.bench import bench, child, workers
from benchmarks.history import append, cohort, interested, invited, planned
from benchmarks.pace import Pace
from benchmarks.table import Row, alternated, beside

FEW = 100
IN_FLIGHT = 64
RATE = 5_000


def rows(pace: Pace) -> Iterator[Row]:
    """The row on a hot cohort."""
    a_run = int(RATE * pace.seconds)
    people = 2 * (pace.rounds + 1) * a_run
    with bench() as at, child() as client, workers(at, "commands"):
        append(at, chain.from_iterable(map(interested, range(people))), "people")
        for number, facts in enumerate((FEW, pace.hot)):
            append(at, planned(number), f"planned {number}")
            past = (invited(people + one, cohort(number)) for one in range(facts))
            append(at, past, f"invited {number}")
        used = 0

        def inviting(number: int) -> Callable[[], float]:
            def rate() -> float:
                nonlocal used
                data = {"cohort_id": str(cohort(number))}
                wish = Wish(at.engines.nats["client"], "interest.invite", used, data)
                load = client.submit(hammer, wish, a_run, IN_FLIGHT, pace.seconds).result()
                used += load.answered
                return load.rate

            return rate

        cold, hot = inviting(0), inviting(1)
        cold(), hot()
        few, many = alternated(pace.rounds, cold, hot)
    yield beside(
        f"a cohort tag on {pace.hot:,} facts, beside {FEW}", many, few, "commands/s", least=0.9
    )
