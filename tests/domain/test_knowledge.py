"""One knowledge is one object for all who ask for it: nothing may hang on who asked, or how."""

from collections import defaultdict
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from typing import Any, Final

import pytest

from domain.catalogue import COMMANDS
from domain.deciding import decided, known_for
from domain.decision import Act, Command, Knowledge, Refusal
from tests.domain.test_wishes_after_an_erasure import TIMES, wish_about
from tests.scenes.cast import ADA, AMINA, BEN
from tests.scenes.erased import FACTS, KINDS, After, once_erased, questions
from tests.scenes.given import Sharing, command_id, in_other_orders, names_of_ids

ASK_FOR_NOTHING: Final = ("cohort.plan", "person.register")
"""As long as they name nobody and nothing that is known."""
SEVERAL: Final = [kind for kind in KINDS if len(names_of_ids(kind)) > 1]


@pytest.mark.parametrize("kind", SEVERAL)
def test_who_asks_first_makes_no_difference(kind: type[Knowledge]) -> None:
    """Whoever asks for the same gets the same, whichever id they name first."""
    asked = defaultdict[tuple[str | None, ...], list[Knowledge]](list)
    for one in questions(kind):
        asked[one.tags].append(one)
        asked[one.tags] += in_other_orders(one)
    know = once_erased()
    for first, *others in asked.values():
        found = know(first)
        assert all(know(one) == found for one in others)


def test_it_is_tried_where_the_order_of_two_ids_could_make_a_difference() -> None:
    tried = [kind for kind in SEVERAL if any(in_other_orders(next(questions(kind))))]
    assert {kind.__name__ for kind in tried} == {"Between", "RecordedBetween", "RecordedPair"}


class Keeping(Sharing):
    """Remembers all that it was asked for, as it was when it was known."""

    def __init__(self, history: After) -> None:
        super().__init__(())
        self._history = history
        self.found: list[tuple[Knowledge, Knowledge]] = []

    def __call__(self, wanted: Any) -> Any:
        key = (type(wanted), wanted.tags)
        if None not in wanted.tags and key not in self._held:
            self._held[key] = self._history(wanted)
            self.found.append((wanted, deepcopy(wanted)))
        return self._held.get(key, wanted)


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=COMMANDS)
def test_to_ask_and_to_decide_changes_nothing_that_is_known(kind: type[Command]) -> None:
    """Or the next one who asks would be answered by what the last one has done."""
    for who in (ADA, AMINA, BEN):
        know = Keeping(once_erased(facts=FACTS[: len(TIMES)]))
        for role in kind.roles:
            act = Act(command_id(), TIMES[-1] + timedelta(hours=1), "system:rehearsal", role)
            wish: Any = wish_about(kind, who)
            with suppress(Refusal):
                decided(wish, act, known_for(wish, know))
        assert know.found or kind.name in ASK_FOR_NOTHING
        for now, then in know.found:
            assert now == then
