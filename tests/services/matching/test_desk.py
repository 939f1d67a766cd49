"""What was asked for is computed beside, handed in once, and never lost on the way."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from domain.catalogue import COMMANDS as KNOWN
from domain.decision import Command
from domain.matching.certificate import Solution
from domain.matching.recording import GivenUpReason
from domain.matching.runs import DiscardReason, DiscardRun
from events.catalogue import decode
from events.ids import MatchingRunId
from events.matching import Matching, MatchingRunMade
from events.terms import Role
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.log.log import Log, sealed_part
from services.matching.computing import NotComputed
from services.matching.desk import MatchingDesk, is_computing
from services.matching.solving import Table
from services.vault.opening import Reading
from tests.scenes.at_work import recorded_in
from tests.scenes.cast import ADA, AMINA, BEN, BOLA, CLEO, registered
from tests.scenes.pairs import cohort_of
from tests.scenes.runs import COMMANDS, ask_for, certified_by_us, solve
from tests.scenes.scribe import Scribe
from tests.scenes.team import granted
from tests.scenes.told import sealed
from tests.scenes.world import NOON, vault_of, wish, writer_on


class Beside:
    """A log with a cohort to match, its writer, and the desk that computes beside."""

    def __init__(self, engines: Engines, stack: ExitStack) -> None:
        self.engines = engines
        self.vault = stack.enter_context(vault_of(engines))
        self.writer = stack.enter_context(writer_on(engines, self.vault))
        self.solve: Callable[[Table], Solution] = solve
        self.door = "open"
        scribe = Scribe()
        people = cohort_of(ADA, AMINA, beside=(BEN, BOLA))
        scribe.tell(NOON, registered(CLEO), granted(CLEO, Role.COORDINATOR), people)
        recorded_in(engines, [one.row for one in sealed(scribe._commands, self.vault, 0)])
        self.desk = self.another()
        stack.callback(self.closes)

    def another(self) -> MatchingDesk:
        """As after a start."""
        own = self.engines.programme["commands"]
        return MatchingDesk(own, self.vault, self.solves)

    def closes(self) -> None:
        self.desk.close()

    def solves(self, table: Table) -> Solution:
        return self.solve(table)

    def answer(self, command: Command, **more: Any) -> Any:
        one = wish(self.vault, command, None, **{"by": CLEO, **more})
        self.writer.decide([one])
        return one.answer

    def asks(self, **said: Any) -> MatchingRunId:
        return MatchingRunId(self.answer(ask_for(**said)).written[0].subject)

    def goes_on(self) -> None:
        """The worker takes its turn."""
        self.desk.work()
        asyncio.run(self.desk.hand_in(self._takes))

    async def _takes(self, name: str, body: dict[str, Any]) -> Reply:
        if self.door != "open":
            return Reply(status="busy")
        answer = self.answer(
            KNOWN[name].model_validate(body["data"]), by=COMMANDS, role=Role.SYSTEM
        )
        code = getattr(answer, "code", None)
        return Reply(status="refused" if code else "accepted", code=code)

    def facts(self) -> list[str]:
        with psycopg.connect(self.engines.programme["commands"]) as reader:
            rows = reader.execute(
                "SELECT type FROM log.events WHERE type LIKE 'matching.%' ORDER BY position"
            ).fetchall()
        return [kind.removesuffix(".v1").removeprefix("matching.") for (kind,) in rows]

    def computing(self) -> bool:
        with psycopg.connect(self.engines.programme["console"], autocommit=True) as reader:
            return is_computing(reader)

    def found(self) -> list[Matching]:
        log = Log(self.engines.programme["commands"], connections=1)
        rows = [row for row in log.page(0) if row.type == MatchingRunMade.wire_name()]
        log.close()
        with psycopg.connect(self.engines.programme["commands"]) as reader:
            reading = Reading(self.vault, lambda digest: sealed_part(reader, digest))
            runs = [reading(decode(row.document).event) for row in rows]
        found = [run.found for run in runs if isinstance(run, MatchingRunMade)]
        return [run for run in found if isinstance(run, Matching)]


@pytest.fixture
def beside(fresh: Engines) -> Iterator[Beside]:
    with ExitStack() as stack:
        yield Beside(fresh, stack)


def test_what_is_asked_for_is_computed_and_recorded_once(beside: Beside) -> None:
    beside.goes_on()
    assert beside.facts() == []
    beside.asks()
    assert beside.computing()
    for _ in range(3):
        beside.goes_on()
    assert beside.facts() == ["run-asked", "run-made"]
    assert not beside.computing()
    (run,) = beside.found()
    assert certified_by_us(run)
    assert len(run.seed) == 64


def test_the_same_gives_the_same_seed_and_other_inputs_give_another(beside: Beside) -> None:
    first = beside.asks()
    beside.goes_on()
    beside.answer(DiscardRun(run_id=first, reason=DiscardReason.NOT_SIGNED))
    beside.asks(again=True)
    beside.goes_on()
    beside.asks(again=True, area_same=1)
    beside.goes_on()
    one, same, other = beside.found()
    assert one == same
    assert other.seed != one.seed


def test_what_the_door_can_not_take_is_handed_in_later(beside: Beside) -> None:
    beside.asks()
    beside.door = "closed"
    for _ in range(2):
        beside.goes_on()
    assert beside.facts() == ["run-asked"]
    beside.door = "open"
    beside.goes_on()
    assert beside.facts() == ["run-asked", "run-made"]


def test_what_was_asked_for_before_a_start_is_computed_after_it(beside: Beside) -> None:
    beside.asks()
    beside.door = "closed"
    beside.goes_on()
    beside.desk.close()
    beside.desk, beside.door = beside.another(), "open"
    beside.goes_on()
    assert beside.facts() == ["run-asked", "run-made"]


def test_a_run_that_can_not_be_computed_says_so_and_the_next_one_is(beside: Beside) -> None:
    def takes_too_much(_: Table) -> Solution:
        raise NotComputed(GivenUpReason.TOOK_TOO_MUCH)

    beside.asks()
    beside.solve = takes_too_much
    beside.goes_on()
    assert beside.facts() == ["run-asked", "run-given-up"]
    beside.solve = solve
    beside.asks(again=True)
    beside.goes_on()
    assert beside.facts() == ["run-asked", "run-given-up", "run-asked", "run-made"]


def test_what_proves_nothing_is_given_up(beside: Beside) -> None:
    """Whatever the process beside may answer."""
    beside.solve = lambda table: Solution([None] * len(table), [0] * len(table), [0, 0])
    beside.asks()
    for _ in range(2):
        beside.goes_on()
    assert beside.facts() == ["run-asked", "run-given-up"]
    assert not beside.computing()


def test_a_run_that_was_put_aside_is_not_computed(beside: Beside) -> None:
    run_id = beside.asks()
    beside.answer(DiscardRun(run_id=run_id, reason=DiscardReason.OTHER))
    beside.goes_on()
    assert beside.facts() == ["run-asked", "run-discarded"]
    assert not beside.computing()
