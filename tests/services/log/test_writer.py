import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from domain.cohorts.cohort import OpenApplications, PlanCohort
from events.envelope import read_document
from events.ids import CohortId
from services.engines.addresses import Engines
from services.log.log import Log
from services.log.rows import LogShortened
from services.log.wishes import Accepted, Refused, Wish
from services.log.writer import Writer
from services.vault.vault import Vault
from tests.scenes.damaged import shortened
from tests.scenes.team import BEFORE
from tests.scenes.world import AUTUMN, NOON, plan_of, vault_of, wish, writer_on


def plan(cohort: CohortId = AUTUMN, title: str = "Autumn 2024") -> PlanCohort:
    return PlanCohort.model_validate(plan_of(cohort, title))


def written(one: Wish) -> list[int]:
    """The positions of what it brought about, since the scene began."""
    assert isinstance(one.answer, Accepted), one.answer
    return [fact.position - BEFORE for fact in one.answer.written]


def stored(engines: Engines) -> int:
    """How many facts there are since the scene began."""
    log = Log(engines.programme["commands"])
    try:
        rows = log.page(0, 100_000)
        assert [row.position for row in rows] == list(range(1, len(rows) + 1))
        return len(rows) - BEFORE
    finally:
        log.close()


def test_commands_that_wait_together_are_decided_in_turn(fresh: Engines) -> None:
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        group = [wish(vault, plan()), wish(vault, OpenApplications(cohort_id=AUTUMN))]
        writer.decide(group)
        assert [written(one) for one in group] == [[1], [2]]


def test_an_accepted_command_gives_the_same_answer_for_ever(fresh: Engines) -> None:
    with vault_of(fresh) as vault:
        with writer_on(fresh, vault) as writer:
            first = wish(vault, plan(), "once")
            writer.decide([first])
        with writer_on(fresh, vault) as another:
            again, twice = wish(vault, plan(), "once"), wish(vault, plan(), "once")
            another.decide([again, twice])
        assert written(first) == written(again) == written(twice) == [1]
        assert stored(fresh) == 1


def test_a_command_twice_in_one_group_is_recorded_once(fresh: Engines) -> None:
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        group = [wish(vault, plan(), "once"), wish(vault, plan(), "once")]
        writer.decide(group)
        assert [written(one) for one in group] == [[1], [1]]
        assert stored(fresh) == 1


@pytest.mark.parametrize("together", [True, False])
def test_the_same_id_with_other_content_is_refused(fresh: Engines, together: bool) -> None:
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        first, other = wish(vault, plan(), "id"), wish(vault, plan(title="Spring"), "id")
        for group in [[first, other]] if together else [[first], [other]]:
            writer.decide(group)
        assert written(first) == [1]
        assert isinstance(other.answer, Refused)
        assert other.answer.code == "command.reused"


def test_what_was_already_so_changes_nothing(fresh: Engines) -> None:
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        early, late = wish(vault, plan()), wish(vault, plan())
        writer.decide([early])
        writer.decide([late])
        assert written(late) == []


def test_a_lost_connection_in_a_group_leaves_no_false_knowledge(fresh: Engines) -> None:
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        writer.decide([wish(vault, plan())])
        connection = writer._connection._open
        assert connection
        _kill(fresh, connection.info.backend_pid)
        opening = wish(vault, OpenApplications(cohort_id=AUTUMN), "open")
        with pytest.raises(psycopg.OperationalError):
            writer.decide([opening])
        writer.decide([opening])
        assert written(opening) == [2]
        assert stored(fresh) == 2


def test_a_commit_whose_answer_was_lost_is_found_again(
    fresh: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after COMMIT and before we hear of it."""
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        take_turn = writer._take_turn

        def lost(*given: object) -> list[int]:
            take_turn(*given)  # type: ignore[arg-type]  # handed on
            raise psycopg.OperationalError("the answer to COMMIT was lost")

        one = wish(vault, plan(), "lost")
        with monkeypatch.context() as patched:
            patched.setattr(writer, "_take_turn", lost)
            with pytest.raises(psycopg.OperationalError):
                writer.decide([one])
        writer.decide([one])
        assert written(one) == [1]
        assert stored(fresh) == 1


@pytest.mark.parametrize("grown", [0, 1, 2], ids=["shorter", "as long", "longer"])
def test_what_a_shortened_log_has_no_more_is_known_no_more(fresh: Engines, grown: int) -> None:
    spring, *others = (CohortId.derived(NOON, name) for name in ("spring", "summer", "winter"))
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        writer.decide([wish(vault, plan())])
        writer.decide([wish(vault, plan(spring))])
        shortened(fresh, BEFORE + 1)
        with writer_on(fresh, vault) as another:
            another.decide([wish(vault, plan(cohort)) for cohort in others[:grown]])
        again, known = wish(vault, plan(spring)), wish(vault, plan())
        for _ in range(2):
            with pytest.raises(LogShortened):
                writer.decide([again, known])
        assert stored(fresh) == grown + 1
        writer.shortened = False  # somebody has looked
        writer.decide([again, known])
        assert (written(again), written(known)) == ([grown + 2], [])
        assert stored(fresh) == grown + 2


def test_many_writers_at_once_leave_no_gap_and_let_one_of_each_win(fresh: Engines) -> None:
    """Four writers race to plan the same forty cohorts: each is planned once, nobody is lost."""
    cohorts = [CohortId.derived(NOON, str(number)) for number in range(40)]
    start = threading.Barrier(4)

    def race(vault: Vault, writer: Writer) -> int:
        start.wait()
        won = 0
        for at in range(0, 40, 5):
            group = [wish(vault, plan(cohort)) for cohort in cohorts[at : at + 5]]
            writer.decide(group)
            won += sum(len(written(one)) for one in group)
        return won

    def with_its_own(_number: int) -> int:
        with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
            return race(vault, writer)

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(with_its_own, range(4)))
    assert sum(won) == 40
    assert stored(fresh) == 40


def test_recorded_times_never_go_back_and_each_context_is_a_chain(fresh: Engines) -> None:
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        for number in range(3):
            writer.decide([wish(vault, plan(CohortId.derived(NOON, str(number))))])
        log = Log(fresh.programme["commands"])
        envelopes = [read_document(row.document)[0] for row in log.page(0)]
        log.close()
    assert [one.previous for one in envelopes[BEFORE:]] == [0, BEFORE + 1, BEFORE + 2]
    assert [one.recorded for one in envelopes] == sorted(one.recorded for one in envelopes)


def _kill(engines: Engines, backend: int) -> None:
    """End one connection of the role that asks, as a restart of the server would."""
    with psycopg.connect(engines.programme["commands"], autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(%s)", (backend,))
