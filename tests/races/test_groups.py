"""What a group does to itself: facts that a command of the same group has just brought about."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest

from domain.applications.applying import StartApplication, SubmitApplication
from domain.applications.eligibility import ConfirmEligibility
from domain.cohorts.cohort import OpenApplications, PlanCohort
from domain.decision import Act, Command, Decides, Know
from domain.people.person import Met, RegisterPerson
from events.applications import Profile
from events.cohorts import CohortStarted
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.terms import Area, Side, Theme
from services.engines.addresses import Engines
from services.log import writer as writing
from services.log.memory import Memory
from services.log.wishes import Accepted, Failed, Refused, Wish
from services.log.writer import Writer
from services.vault.opening import Reading
from services.vault.vault import Vault
from tests.scenes.team import BEFORE
from tests.scenes.world import (
    AUTUMN,
    NOON,
    a_plan,
    coordinator,
    door_on,
    station,
    vault_of,
    wish,
    writer_on,
)

ADA = PersonId.derived(NOON, "Ada")
HERSELF: dict[str, Any] = {
    "cohort_id": AUTUMN,
    "person_id": ADA,
    "side": Side.PATIENT_LEADER,
}


def positions(one: Wish) -> list[int]:
    """Those of what it brought about, since the scene began."""
    assert isinstance(one.answer, Accepted), one.answer
    return [fact.position - BEFORE for fact in one.answer.written]


def plan(title: str = "Autumn 2024", **more: Any) -> PlanCohort:
    return PlanCohort.model_validate({**a_plan(), "title": title, **more})


def applications_are_open(vault: Vault, writer: Writer) -> None:
    """Three facts."""
    ada = RegisterPerson(full_name="Ada", email="ada@example.org").having_met(Met(ADA))
    commands = [plan(cohort_id=AUTUMN), OpenApplications(cohort_id=AUTUMN), ada]
    writer.decide([wish(vault, command) for command in commands])


def test_what_is_loaded_in_the_turn_knows_the_facts_of_its_own_group(fresh: Engines) -> None:
    """Handing in follows the id of an application that the same group has begun."""
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        applications_are_open(vault, writer)
        began = wish(vault, StartApplication(**HERSELF))
        profile = Profile(area=Area.DEVON, themes=(Theme.CARERS,))
        found: dict[str, Any] = {
            "profile": profile,
            "experiences": 1,
            "interest": "I care",
            "leadership": "A club",
        }
        handed_in = wish(vault, SubmitApplication(**HERSELF, **found))
        writer.decide([began, handed_in])
        assert [positions(began), positions(handed_in)] == [[4], [5]]
        application_id = began.act.new(ApplicationId)
        checked = wish(vault, ConfirmEligibility(application_id=application_id))
        writer.decide([checked])
        assert positions(checked) == [6]


def test_an_id_is_accepted_once_however_often_it_is_in_a_group(fresh: Engines) -> None:
    """Refused at first, and possible after another command of the group."""
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        opening, other = OpenApplications(cohort_id=AUTUMN), plan("Spring")
        group = [
            wish(vault, opening, "id"),
            wish(vault, plan(cohort_id=AUTUMN)),
            wish(vault, opening, "id"),
            wish(vault, opening, "id"),
            wish(vault, other, "id"),
        ]
        writer.decide(group)
        assert isinstance(group[0].answer, Refused)
        assert [positions(one) for one in group[1:4]] == [[1], [2], [2]]
        assert isinstance(group[4].answer, Refused)
        assert group[4].answer.code == "command.reused"


def test_a_command_is_recognised_in_a_tail_that_is_too_long_to_learn(
    fresh: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer commits it, and very much more, while we prepare."""
    monkeypatch.setattr(writing, "FAR_BEHIND", 3)
    with vault_of(fresh) as vault, writer_on(fresh, vault) as slow, writer_on(fresh, vault) as fast:
        slow.decide([wish(vault, plan("First"))])
        same = plan("Ours")
        ours, theirs = wish(vault, same, "same"), wish(vault, same, "same")
        prepare = slow._prepare

        def overtaken(*given: Any) -> None:
            prepare(*given)
            fast.decide([theirs, *(wish(vault, plan(str(number))) for number in range(9))])

        monkeypatch.setattr(slow, "_prepare", overtaken)
        slow.decide([ours])
        assert positions(ours) == positions(theirs) == [2]


class Faulty(Command, Decides[()]):
    """A command of ours with a mistake in what it needs."""

    name: ClassVar = "test.faulty"

    def needs(self, know: Know) -> tuple[()]:
        del know
        raise ZeroDivisionError

    def decide(self, act: Act) -> Iterator[Event]:
        yield CohortStarted(cohort_id=act.new(CohortId))  # never reached


def test_a_fault_in_one_command_spares_the_others_of_its_group(fresh: Engines) -> None:
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        asked = (plan("First"), Faulty(), plan("Last"))
        before, faulty, after = (wish(vault, one) for one in asked)
        writer.decide([before, faulty, after])
        assert [positions(before), positions(after)] == [[1], [2]]
        assert isinstance(faulty.answer, Failed)


def test_a_fault_that_spoils_a_whole_group_spares_the_others_at_the_door(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = Writer._prepare

    def stumble(self: Writer, connection: psycopg.Connection, group: Sequence[Wish]) -> None:
        if any(one.command.title == "Spoilt" for one in group):
            raise ZeroDivisionError
        prepare(self, connection, group)

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            titles = ["First", "Spoilt", "Last"]
            asked = [
                coordinator(client, "cohort.plan", {**a_plan(), "title": one}) for one in titles
            ]
            replies = await asyncio.gather(*asked)
            assert [reply.status for reply in replies] == ["accepted", "failed", "accepted"]
            assert (await coordinator(client, "cohort.plan", a_plan())).status == "accepted"

    monkeypatch.setattr(Writer, "_prepare", stumble)
    asyncio.run(scene())


def test_what_a_fault_left_half_folded_is_not_taken_for_knowledge(
    fresh: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of two facts can't be opened, once."""
    with vault_of(fresh) as vault, writer_on(fresh, vault) as first:
        applications_are_open(vault, first)
    broken, whole = iter([False, True, False, False]), Reading.__call__

    def sometimes(self: Reading, event: Event) -> Event:
        if next(broken, False):
            raise ZeroDivisionError
        return whole(self, event)

    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        monkeypatch.setattr(Reading, "__call__", sometimes)
        again = wish(vault, OpenApplications(cohort_id=AUTUMN))
        writer.decide([again])
        assert positions(again) == []


def test_memory_keeps_nothing_of_what_it_dropped(fresh: Engines) -> None:
    """Its index too is bounded by the budget."""
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        writer.decide([])  # opens its connection
        writer._memory = memory = Memory(0, Reading(vault, writer._part), budget=10)
        for number in range(50):
            cohort = CohortId.derived(NOON, str(number))
            writer.decide([wish(vault, plan(cohort_id=cohort))])
        assert memory.cost <= 10
        assert {*chain.from_iterable(memory._by_tag.values())} == memory._held.keys()
        assert len(memory._by_tag) <= len(memory._held) <= 10
