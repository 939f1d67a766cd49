"""A command's id stands for one wish of one sender, whatever became of it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any, ClassVar

import psycopg
import pytest

from domain.catalogue import COMMANDS
from domain.cohorts.cohort import PlanCohort
from domain.decision import Act, Command, Decides, Know
from domain.matching.asking import AskForRun
from domain.matching.runs import ApproveRun, PublishRun
from domain.pairings.endings import EndForLeaver
from domain.people.consents import GiveConsent, WithdrawConsent
from domain.people.person import Met, RegisterPerson
from events.envelope import read_document
from events.event import Event
from events.ids import CohortId, CommandId, MatchingRunId
from events.terms import Purpose, Role
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.log.log import Log
from services.log.wishes import Accepted, Wish
from services.log.writer import REUSED, Writer
from services.matching.desk import MatchingDesk
from tests.scenes.at_work import recorded_in
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    BOLA,
    CARYS,
    CLEO,
    HEALTHCARE,
    PATIENT,
    registered,
)
from tests.scenes.pairs import active, cohort_of, left
from tests.scenes.runs import COMMANDS as WORKER
from tests.scenes.runs import solve
from tests.scenes.scribe import Facts, Scribe
from tests.scenes.team import granted
from tests.scenes.told import sealed
from tests.scenes.world import NOON, plan_of, vault_of, wish, writer_on

AGREES, DISAGREES = GiveConsent(person_id=ADA), WithdrawConsent(person_id=ADA)
NOTHING, NOTHING_AGAIN = Accepted(), Accepted(repeated=True)
Settled = tuple[str, str, str]
TEAM = (
    registered(CLEO),
    registered(CARYS),
    *(granted(who, Role.COORDINATOR) for who in (ADA, CLEO, CARYS)),
    granted(CLEO, Role.CO_CHAIR, side=PATIENT),
    granted(CARYS, Role.CO_CHAIR, side=HEALTHCARE),
)


class House:
    """Writers on one log, who share a vault. Ada is known, and has agreed to nothing yet; she and
    others coordinate, and two of them are co-chairs.
    """

    def __init__(self, engines: Engines, stack: ExitStack) -> None:
        self.engines, self._stack = engines, stack
        self.vault = stack.enter_context(vault_of(engines))
        self.writer, self._before = self.another(), 0
        self.told(*TEAM)
        self._before = len(self.facts())
        ada = RegisterPerson(full_name="Ada", email="ada@example.org").having_met(Met(ADA))
        self.answer(ada)

    def another(self) -> Writer:
        return self._stack.enter_context(writer_on(self.engines, self.vault))

    def restarted(self) -> Writer:
        self.writer.close()
        return self.another()

    def wish(self, command: Any, named: str | None = None, **more: Any) -> Wish:
        return wish(self.vault, command, named, **more)

    def answer(self, command: Any, named: str | None = None, **more: Any) -> Any:
        one = self.wish(command, named, **more)
        self.writer.decide([one])
        return one.answer

    def computes(self) -> None:
        """What was asked to be matched is."""
        desk = MatchingDesk(self.engines.programme["commands"], self.vault, solve)
        desk.work()
        asyncio.run(desk.hand_in(self._takes))
        desk.close()

    async def _takes(self, name: str, body: dict[str, Any]) -> Reply:
        command = COMMANDS[name].model_validate(body["data"])
        assert self.answer(command, by=WORKER, role=Role.SYSTEM).written
        return Reply(status="accepted")

    def told(self, *facts: Facts) -> None:
        """These have happened as well."""
        log = Log(self.engines.programme["home"], connections=1)
        scribe, head = Scribe(), log.head()
        log.close()
        scribe.tell(NOON, *facts)
        recorded_in(self.engines, [one.row for one in sealed(scribe._commands, self.vault, head)])

    def facts(self) -> list[str]:
        """What is in the log since then."""
        with psycopg.connect(self.engines.programme["console"]) as reader:
            rows = reader.execute("SELECT type FROM log.events ORDER BY position").fetchall()
        return [kind.removesuffix(".v1") for (kind,) in rows[self._before :]]

    def settled(self) -> list[Settled]:
        """The commands that were accepted and brought about nothing."""
        with psycopg.connect(self.engines.programme["commands"]) as connection:
            rows = connection.execute("SELECT command, sender, digest FROM log.without_effect")
            return [(command, sender, digest) for command, sender, digest in rows]


@pytest.fixture
def house(fresh: Engines) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(fresh, stack)


def the_same(house: House) -> Writer:
    return house.writer


@pytest.mark.parametrize("later", [the_same, House.restarted, House.another])
def test_what_was_already_so_is_answered_so_for_ever(
    house: House, later: Callable[[House], Writer]
) -> None:
    """Ada's old wish comes once more when she has long agreed: it must not undo that."""
    assert house.answer(DISAGREES, "X") == NOTHING
    house.writer = later(house)
    assert house.answer(AGREES).written
    assert house.answer(DISAGREES, "X") == NOTHING_AGAIN
    other = WithdrawConsent(person_id=ADA, purpose=Purpose.RESEARCH)
    assert house.answer(other, "X") == REUSED
    assert house.answer(AGREES, "X") == REUSED
    assert house.facts() == ["person.registered", "person.consent-given"]
    assert len(house.settled()) == 1


def test_twice_in_one_group_it_is_settled_once(house: House) -> None:
    group = [house.wish(one, "X") for one in (DISAGREES, DISAGREES, AGREES)]
    house.writer.decide([*group, house.wish(AGREES)])
    assert [one.answer for one in group] == [NOTHING, NOTHING_AGAIN, REUSED]
    assert len(house.settled()) == 1


def test_another_writer_has_settled_it_meanwhile(house: House) -> None:
    """It comes to both; one has prepared its decision when the other commits."""
    slow, fast = house.writer, house.another()
    ours, theirs = house.wish(DISAGREES, "X"), house.wish(DISAGREES, "X")
    overtaken(slow, lambda: fast.decide([theirs, house.wish(AGREES)]))
    slow.decide([ours])
    assert (theirs.answer, ours.answer) == (NOTHING, NOTHING_AGAIN)
    assert house.facts() == ["person.registered", "person.consent-given"]


def test_another_writer_has_settled_it_and_nothing_else_happened(house: House) -> None:
    """The log's head tells nothing of it."""
    slow, fast = house.writer, house.another()
    ours, theirs = house.wish(DISAGREES, "X"), house.wish(DISAGREES, "X")
    overtaken(slow, lambda: fast.decide([theirs]))
    insists(slow, ours)
    assert (theirs.answer, ours.answer) == (NOTHING, NOTHING_AGAIN)
    assert len(house.settled()) == 1


def test_another_writer_has_settled_the_id_for_another_wish(house: House) -> None:
    slow, fast = house.writer, house.another()
    ours, theirs = house.wish(AGREES, "X"), house.wish(DISAGREES, "X")
    overtaken(slow, lambda: fast.decide([theirs]))
    insists(slow, ours)
    assert (theirs.answer, ours.answer) == (NOTHING, REUSED)
    assert house.facts() == ["person.registered"]
    assert house.answer(DISAGREES, "X") == NOTHING_AGAIN


def insists(writer: Writer, wish: Wish) -> None:
    """Asks until there is an answer, as the door does."""
    while wish.answer is None:
        with suppress(psycopg.Error):
            writer.decide([wish])


def overtaken(slow: Writer, by: Callable[[], None]) -> None:
    """Once, between what this writer prepares and its turn."""
    prepare = slow._prepare

    def slowly(*given: Any) -> None:
        setattr(slow, "_prepare", prepare)  # noqa: B010 - mypy forbids it spelt otherwise
        prepare(*given)
        by()

    setattr(slow, "_prepare", slowly)  # noqa: B010 - as above


class Crashing(Command, Decides[()]):
    """Ends the group that it is in, as a statement time-out would."""

    name: ClassVar = "test.crashing"

    def needs(self, know: Know) -> tuple[()]:
        del know
        return ()

    def decide(self, act: Act) -> Iterator[Event]:
        raise psycopg.errors.QueryCanceled(act.command_id)


@pytest.mark.parametrize("others", [0, 1, 9])
def test_it_is_remembered_with_the_commit_of_its_group_or_not_at_all(
    house: House, others: int
) -> None:
    cohorts = [CohortId.derived(NOON, str(number)) for number in range(others)]
    plans = [PlanCohort.model_validate(plan_of(one)) for one in cohorts]
    group = [house.wish(DISAGREES, "X"), *map(house.wish, plans)]
    with pytest.raises(psycopg.Error):
        house.writer.decide([*group, house.wish(Crashing())])
    assert (house.settled(), len(house.facts())) == ([], 1)
    house.writer.decide(group)
    assert (len(house.settled()), len(house.facts())) == (1, 1 + others)
    assert house.answer(DISAGREES, "X") == NOTHING_AGAIN


def test_what_is_kept_of_it_tells_its_sender_and_nothing_of_what_it_asked_for(
    house: House,
) -> None:
    house.answer(DISAGREES, "X", by=CLEO)
    sent = CommandId.derived(NOON, "X")
    ((command, sender, digest),) = house.settled()
    known = house.vault.command_id(CLEO, sent), house.vault.sender(CLEO)
    assert (command, sender) == known
    assert command != sent
    assert len(digest) == 32
    assert not any(one in command + sender + digest for one in (ADA, CLEO))


def test_nobody_changes_what_was_settled(house: House) -> None:
    house.answer(DISAGREES, "X")
    before = house.settled()
    for role in ("commands", "owner"):
        for change in (
            "UPDATE log.without_effect SET digest = ''",
            "DELETE FROM log.without_effect",
            "TRUNCATE log.without_effect",
        ):
            with (
                psycopg.connect(house.engines.programme[role]) as connection,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                connection.execute(change.encode())
    assert house.settled() == before


def test_an_id_that_somebody_else_has_used_is_free_for_me(house: House) -> None:
    """Each sender has a room of ids, so nobody takes another's in advance."""
    assert house.answer(DISAGREES, "X", by=CLEO) == NOTHING
    assert house.answer(AGREES, "X", by=ADA).written
    assert house.answer(DISAGREES, "X", by=CARYS).written
    assert house.answer(AGREES, "X", by=ADA).repeated
    assert house.facts()[1:] == ["person.consent-given", "person.consent-withdrawn"]


def test_who_reads_an_id_in_a_fact_can_do_nothing_with_it(house: House) -> None:
    assert house.answer(AGREES, "X", by=ADA).written
    log = Log(house.engines.programme["home"], connections=1)
    row = log.page(0)[-1]
    log.close()
    recorded = read_document(row.document)[0].origin.command_id
    assert recorded == row.tags[-1] != CommandId.derived(NOON, "X")
    for sender in (ADA, CLEO):
        assert house.vault.command_id(sender, CommandId(recorded)) != recorded


def lost_a_partner(house: House) -> Any:
    """Ben has left, and with him his pairing."""
    house.told(cohort_of(ADA, beside=(BEN, BOLA)), active(), left(BEN, HEALTHCARE))
    return EndForLeaver(cohort_id=AUTUMN, person_id=BEN)


def signed_run(house: House) -> Any:
    """Whoever is proposed to somebody is not free any more."""
    house.told(cohort_of(ADA, beside=(BEN, BOLA)))
    run = MatchingRunId(house.answer(AskForRun(cohort_id=AUTUMN)).written[0].subject)
    house.computes()
    for side, chair in ((PATIENT, CLEO), (HEALTHCARE, CARYS)):
        signs = ApproveRun(run_id=run, side=side)
        assert house.answer(signs, by=chair, role=Role.CO_CHAIR).written
    return PublishRun(run_id=run)


@pytest.mark.parametrize("scene", [lost_a_partner, signed_run])
@pytest.mark.parametrize("later", [the_same, House.restarted])
def test_a_command_is_known_again_whatever_followed_from_it(
    house: House, scene: Callable[[House], Any], later: Callable[[House], Writer]
) -> None:
    """Also where it changed who is concerned."""
    command = scene(house)
    first = house.answer(command, "X")
    assert first.written
    house.writer = later(house)
    assert house.answer(command, "X") == Accepted(first.written, repeated=True)
