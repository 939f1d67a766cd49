"""Words about a workshop are its author's, and their partner's once they share them."""

from datetime import timedelta
from typing import Any

from events.ids import ReflectionId
from events.personal import Sealed
from events.reflections import ReflectionShared, ReflectionSubmitted, ReflectionWithdrawn
from projections.reflections import REFLECTIONS
from projections.replay import folded
from tests.projections.edge import told, told_without_keys
from tests.scenes.cast import ADA, AUTUMN
from tests.scenes.given import NOON
from tests.scenes.scribe import Scribe
from tests.scenes.training import REFLECTION_DAY

HERS = ReflectionId.derived(NOON, "hers")
IDS: dict[str, Any] = {"reflection_id": HERS, "cohort_id": AUTUMN, "person_id": ADA}
WRITTEN = ReflectionSubmitted(**IDS, workshop_id=REFLECTION_DAY, words="I was heard.")
SHARED, TAKEN_BACK = ReflectionShared(**IDS), ReflectionWithdrawn(**IDS)


def row(*facts: Any) -> Any:
    scribe = Scribe()
    for days, fact in enumerate(facts):
        scribe.tell(NOON + timedelta(days=days), fact, by=ADA)
    return folded(REFLECTIONS, scribe.recorded())[HERS]


def test_it_is_shared_or_not_since_a_moment() -> None:
    assert (row(WRITTEN).state, row(WRITTEN).since) == ("written", NOON)
    shared = row(WRITTEN, SHARED)
    assert (shared.state, shared.since) == ("shared", NOON + timedelta(days=1))
    assert isinstance(shared.words, Sealed)
    assert told(REFLECTIONS, shared)["words"] == "I was heard."
    assert told_without_keys(REFLECTIONS, shared)["words"] == "(sealed)"


def test_of_what_was_taken_back_no_word_is_left() -> None:
    gone = row(WRITTEN, SHARED, TAKEN_BACK)
    assert (gone.state, gone.words) == ("withdrawn", None)
