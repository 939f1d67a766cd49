"""What is said of walks: how far they went, what they found, and how that is seen again."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.catalogue import COMMANDS
from tests.walk.expected import EXPECTED, NAMES
from tests.walk.findings import Findings
from tests.walk.world import World


@dataclass
class Report:
    """Of several walks."""

    findings: Findings = field(default_factory=Findings)
    seed_of: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def take_in(self, seed: int, walk: World) -> list[str]:
        """One more walk; what it found that is neither known nor expected, by name."""
        new = sorted(walk.findings.counts.keys() - NAMES - self.findings.counts.keys())
        self.counts.update(
            walks=1, steps=walk.steps, facts=walk.log.head, letters=walk.notifier.letters
        )
        for name in walk.findings.first:
            self.seed_of.setdefault(name, seed)
        self.findings.take_in(walk.findings)
        for (name, said), number in walk.counts.items():
            effect = said.startswith("accepted") and said != "accepted 0"
            self.accepted[name] += number if effect else 0
            self.refused[name] += number if said.startswith("refused") else 0
        return new

    @property
    def unexpected(self) -> list[str]:
        """What was found and does not stand in the list, by name."""
        return sorted(self.findings.counts.keys() - NAMES)

    @property
    def missing(self) -> list[str]:
        """What stands in the list and was not found."""
        return sorted(NAMES - self.findings.counts.keys())

    def untried(self) -> list[str]:
        """The commands that were never accepted with an effect, or never refused."""
        return [one for one in COMMANDS if not self.accepted[one] or not self.refused[one]]

    def lines(self) -> Iterator[str]:
        """Everything that is worth a line; what is unexpected with how to see it again."""
        for one in EXPECTED:
            yield f"expected {self.findings.counts[one.name]:7}  {one.name}"
        for name in self.unexpected:
            first, seed = self.findings.first[name], self.seed_of[name]
            yield f"FOUND    {self.findings.counts[name]:7}  seed {seed}, {first}"
            yield f"         again: make walk WALK_SEED={seed} ARGS='--tell {name}'"
