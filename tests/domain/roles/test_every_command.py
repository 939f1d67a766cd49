"""Every command says for which cohort a role is needed, or that it is about none."""

from typing import Any

import pytest

from domain.catalogue import COMMANDS
from domain.decision import Command
from domain.roles.authority import Authority, Coordinators
from tests.domain.test_wishes_after_an_erasure import wish_about
from tests.scenes.cast import ADA, AUTUMN
from tests.scenes.erased import once_erased

OF_THE_PROGRAMME = {
    "cohort.plan",
    "role.grant",
    "role.withdraw",
    "contact.end-those-of",
    "trouble.note",
    "trouble.settle",
}
"""Which name a cohort only if they are about one."""
OF_NO_COHORT = {
    "concerns.note-head",
    "identity.tie",
    "identity.untie",
    "person.merge",
    "person.part",
    "rules.propose",
    "rules.sign",
    "rules.take-back",
}
"""Which are about the programme as a whole, whomever they name."""


def cohort_of(kind: type[Command]) -> Any:
    wish: Any = wish_about(kind, ADA)
    return wish.cohort(wish.needs(once_erased()))


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=COMMANDS)
def test_a_command_finds_the_cohort_that_it_concerns(kind: type[Command]) -> None:
    """Or else whoever has a role on one cohort could never do it, or do it anywhere."""
    named = "cohort_id" in kind.model_fields
    if kind.of_people:
        assert not named
        assert cohort_of(kind) is None
    elif kind.name in OF_THE_PROGRAMME:
        assert named
        assert cohort_of(kind) is None, "it was not named"
    elif kind.name in OF_NO_COHORT:
        assert not named
        assert cohort_of(kind) is None
    else:
        assert cohort_of(kind) == AUTUMN


def test_what_somebody_holds_is_no_cohort_of_a_command() -> None:
    """It is asked of people, and of the programme."""
    for kind in (Authority, Coordinators):
        assert not hasattr(kind, "cohort_id")
