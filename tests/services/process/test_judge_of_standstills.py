"""The fault run's own judge of standstills, on a log: it must be able to tell one."""

from services.crew import WITH_CHECKPOINT
from services.engines.addresses import Engines
from tests.chaos.watched import FROZEN, behind
from tests.scenes.clocks import happen
from tests.scenes.due_times import HISTORIES
from tests.scenes.team import BEFORE


def test_what_has_waited_for_long_is_told_with_its_age(fresh: Engines) -> None:
    """These facts were recorded at a noon long ago, and nobody is at work."""
    reader = fresh.programme["console"]
    assert [behind(worker, reader) for worker in WITH_CHECKPOINT] == [None] * len(WITH_CHECKPOINT)
    facts = HISTORIES["cohort"]
    happen(fresh, *facts)
    for worker in WITH_CHECKPOINT:
        found = behind(worker, reader)
        assert found
        assert found.events == BEFORE + len(facts)
        assert found.seconds > FROZEN
