"""What a fault run says: a line for each fault as it happens, and at the end what it came to."""

import time
from collections import Counter, defaultdict
from statistics import median

from tests.chaos.load import Load


class Report:
    """Prints as it goes, so that a long run can be watched, and counts."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.faults: Counter[str] = Counter()
        self.recoveries: dict[str, list[float]] = defaultdict(list)
        self.problems: list[str] = []

    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        print(f"{self.elapsed():7.1f} s  {text}", flush=True)

    def recovered(self, fault: str, seconds: float | None) -> None:
        """A fault is over, and after so many seconds nobody was behind any more."""
        self.faults[fault] += 1
        if seconds is None:
            self.say(f"{fault}: not recovered within its time; later faults may be why")
        else:
            self.recoveries[fault.partition(":")[0]].append(seconds)
            self.say(f"{fault}: recovered in {seconds:.1f} s")

    def summary(self, load: Load, deaths: int) -> None:
        print(f"\nLoad: {_listed(load.counts)}.")
        print(f"Of this over HTTP: {_listed(load.over_http)}.")
        print(f"Questions: {_listed(load.questions.counts)}.")
        print(f"Processes that died and were started again: {deaths}.")
        print("Recovery, seconds (median, longest, how often):")
        for fault, seconds in sorted(self.recoveries.items()):
            print(f"  {fault:<32}{median(seconds):6.1f}{max(seconds):7.1f}{len(seconds):5}")

    def checked(self, name: str, found: list[str]) -> None:
        print(f"  {'well ' if not found else 'WRONG'}  {name}")
        for one in found[:5]:
            print(f"           {one}")
        self.problems += [f"{name}: {one}" for one in found]


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counts.most_common())
