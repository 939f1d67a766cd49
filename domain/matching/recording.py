"""What may happen once a run was computed: it is taken in if it proves itself, or given up."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from domain.decision import Act, Command, Decides, Know, Refusal
from domain.matching.certificate import NoProof, Solution, matching_of
from domain.matching.runs import Run
from events.event import Event
from events.ids import MatchingRunId
from events.matching import MatchingRunGivenUp, MatchingRunMade
from events.rules import MOST_IN_A_RUN
from events.terms import Role, System

Prices = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=MOST_IN_A_RUN)]
"""A whole number, not negative, for each person of a side, in the order of the run."""
Columns = Annotated[tuple[Annotated[int, Field(ge=0)] | None, ...], Field(max_length=MOST_IN_A_RUN)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class GivenUpReason(StrEnum):
    """Why a run could not be computed."""

    TOOK_TOO_MUCH = "took-too-much"
    FAILED = "failed"


class OtherInputs(Refusal):
    """What was computed is not what was asked about. Nothing was taken in."""

    code = "matching.other-inputs"


class NotProven(Refusal):
    """What was computed does not prove that nothing is better. Nothing was taken in."""

    code = "matching.not-proven"


class RecordRun(Command, Decides[Run]):
    """The best matching of what was asked about, with its proof, as it was computed.

    `inputs_digest` is that of what it was computed from, `seed` what decided between what is as
    good. `columns` says for each patient leader which healthcare leader is theirs, by their places
    in the run; the prices are those of each person.
    """

    name: ClassVar = "matching.record"
    roles: ClassVar = frozenset({Role.SYSTEM})
    systems: ClassVar = frozenset({System.COMMANDS})
    run_id: MatchingRunId
    inputs_digest: Digest
    seed: Digest
    columns: Columns
    row_prices: Prices
    column_prices: Prices

    def needs(self, know: Know) -> tuple[Run]:
        return (know(Run(self.run_id)),)

    def decide(self, act: Act, run: Run) -> Iterator[Event]:
        cohort_id = run.known.cohort_id
        if run.made or run.given_up:
            return
        run.must_be_in_use()
        if self.inputs_digest != run.digest:
            raise OtherInputs
        solution = Solution(self.columns, self.row_prices, self.column_prices)
        try:
            found = matching_of(run.given, self.seed, solution)
        except NoProof:
            raise NotProven from None
        yield MatchingRunMade(
            run_id=self.run_id, cohort_id=cohort_id, found=found, digest=self.inputs_digest
        )


class GiveUpRun(Command, Decides[Run]):
    """A run that was asked for can't be computed; another may be asked for."""

    name: ClassVar = "matching.give-up"
    roles: ClassVar = frozenset({Role.SYSTEM})
    systems: ClassVar = frozenset({System.COMMANDS})
    run_id: MatchingRunId
    reason: GivenUpReason

    def needs(self, know: Know) -> tuple[Run]:
        return (know(Run(self.run_id)),)

    def decide(self, act: Act, run: Run) -> Iterator[Event]:
        asked = run.known
        if not (run.made or run.given_up or run.discarded):
            yield MatchingRunGivenUp(
                run_id=self.run_id, cohort_id=asked.cohort_id, reason=self.reason
            )
