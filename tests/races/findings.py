"""What can go wrong in a log, counted: the known failures of the field, each with its sentence."""

from collections import Counter
from enum import StrEnum


class Failure(StrEnum):
    """A way in which a log was seen to fail somewhere."""

    SKIPPED = "an event skipped by a reader that pages by position"
    PASSED = "a decision that passed although a conflicting event committed"
    TWO_WON = "two writers that both won"
    TWICE = "a position or an event given twice"
    GAP = "a gap in the positions"
    EARLY = "position N+1 seen before N"
    LEARNED = "knowledge of what never happened"
    REPEATED = "a repeated command with another answer or a second event"
    REUSED = "a command id accepted with other content"
    LOST = "an answer without its event, or an event nobody sent"
    REFUSED = "a false refusal"
    THROWN = "an error that nobody caused"


Findings = Counter[Failure]


def in_words(findings: Findings) -> str:
    """One line: how often each failure was seen."""
    return "; ".join(f"{count} × {failure}" for failure, count in sorted(findings.items())) or "-"
