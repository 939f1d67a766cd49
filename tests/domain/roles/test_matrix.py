"""The whole matrix: everybody who may act, on every command that there is."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import pytest

from domain.catalogue import COMMANDS, INSIDE
from domain.decision import Act, Refusal
from domain.roles.acting import authorised
from events.terms import AskedBy, Role, System
from tests.domain.test_wishes_after_an_erasure import wish_about
from tests.scenes.cast import ADA, AUTUMN, NOBODY, SPRING
from tests.scenes.erased import once_erased
from tests.scenes.given import NOON, command_id
from tests.scenes.rights import TABLE, Judge, Somebody, everybody

KINDS = {**COMMANDS, **INSIDE}
EVERYBODY = tuple(everybody())
WITH_A_COHORT = ("role.grant", "role.withdraw", "contact.end-those-of")
WISH = command_id()
Cell = tuple[Any, ...]


@cache
def wishes() -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """A wish of each kind about Ada, and what is known of it; of some another for each cohort."""
    know, found = once_erased(), {}
    for name, kind in KINDS.items():
        wish: Any = wish_about(kind, ADA)
        found[name] = wish, wish.needs(know)
    for name in WITH_A_COHORT:
        for cohort in (AUTUMN, SPRING):
            wish = found[name][0].model_copy(update={"cohort_id": cohort})
            found[f"{name} {cohort}"] = wish, wish.needs(know)
    return found


def answered(
    wish: Any, known: tuple[Any, ...], of: Somebody, role: Role | None = None, **said: Any
) -> Cell:
    """The role and the side in which somebody acts, or the code of the refusal."""
    act = Act(WISH, NOON, of.actor, role, tie=of.tie, **said)
    try:
        found = authorised(wish, act, of.authority, known)
    except Refusal as refusal:
        return (refusal.code,)
    return found.role, found.side


def differing(judge: Judge, names: Iterable[str] | None = None) -> Iterator[Cell]:
    """The cells in which somebody is answered otherwise than the judge says."""
    for name in names or wishes():
        wish, known = wishes()[name]
        roles = [None, *sorted({Role.SYSTEM, *wish.roles})]
        for of in EVERYBODY:
            for role in roles:
                is_so, should = answered(wish, known, of, role), judge.answer(wish, of, role)
                if is_so != should:
                    yield name, of.name, role, is_so, should


def test_everybody_may_what_is_declared_and_nothing_else() -> None:
    assert list(islice(differing(Judge()), 5)) == []


def test_every_answer_is_given_to_somebody() -> None:
    """Else a cell would be tried by nobody."""
    judge, given = Judge(), set[Cell]()
    for wish, _ in wishes().values():
        given |= {judge.answer(wish, of) for of in EVERYBODY}
    ends = {"nobody-asked", "role-not-held", "role-over", "role-not-begun", "not-your-role"}
    codes = {(f"acting.{one}",) for one in ends} | {("identity.not-tied",)}
    assert {one for one in given if len(one) == 1} == codes
    in_confidence = {Role.SAFEGUARDING_LEAD}  # acts in a log of its own alone
    assert {one for one, *more in given if more} == set(Role) - in_confidence


def test_nobody_speaks_for_somebody_or_of_earlier_who_may_not() -> None:
    judge, said = Judge(), dict[str, Any](reason="paper.form", asked_at=NOON)
    here = [of for of in EVERYBODY if all(it.where != SPRING for it in of.offices)]
    for wish, known in wishes().values():
        for of in (it for it in here if all(one.state == "held" for one in it.offices)):
            for behalf in (*sorted(wish.concerns(known))[:1], NOBODY):
                about = {behalf} - {NOBODY}
                for how in (AskedBy.PAPER, None):
                    is_so = answered(wish, known, of, on_behalf_of=behalf, asked=how)
                    should = judge.answer(wish, of, behalf=behalf, asked=bool(how), about=about)
                    assert is_so == should, (wish.name, of.name, behalf)
            should = judge.answer(wish, of, earlier=True)
            assert answered(wish, known, of, **said) == should, (wish.name, of.name)


def test_of_what_nobody_knows_only_a_role_for_all_counts() -> None:
    """A role on a cohort is none where it is not known which cohort it is about."""
    here = next(it for it in EVERYBODY if it.name == f"coordinator  {AUTUMN} held")
    for_all = next(it for it in EVERYBODY if it.name == "coordinator  all held")
    nothing = once_erased(facts=())
    for wish, _ in wishes().values():
        if Role.COORDINATOR not in wish.roles:
            continue
        known = wish.needs(nothing)
        counts = ("acting.nobody-asked",) if wish.is_their_word else (Role.COORDINATOR, None)
        assert answered(wish, known, for_all, Role.COORDINATOR) == counts
        named = wish.of_people or vars(wish).get("cohort_id") == AUTUMN
        should = counts if named else ("acting.role-not-held",)
        assert answered(wish, known, here, Role.COORDINATOR) == should, wish.name


CHANGED: tuple[tuple[str, str, Any], ...] = (
    ("cohort.plan", "roles", frozenset({Role.COORDINATOR, Role.HOST})),
    ("cohort.sign-release", "roles", frozenset({Role.CO_CHAIR, Role.COORDINATOR})),
    ("assessment.submit", "roles", frozenset({Role.COORDINATOR, Role.IMPORTER})),
    ("role.grant", "roles", frozenset({Role.COORDINATOR, Role.CO_CHAIR})),
    ("identity.tie", "roles", frozenset({Role.COORDINATOR, Role.SYSTEM})),
    ("offer.lapse", "systems", frozenset({System.POLICIES})),
    ("workshop.remind", "systems", frozenset({*System})),
    ("role.make-coordinator", "systems", frozenset({System.SCHEDULER})),
    ("cohort.open-applications", "of_people", True),
    ("person.give-consent", "of_people", False),
    ("offer.accept", "also_unasked", True),
    ("milestone.plan", "also_unasked", False),
    ("person.register", "open_to_anybody", False),
    ("application.start", "open_to_anybody", True),
)


@pytest.mark.parametrize(("name", "word", "value"), CHANGED)
def test_a_changed_cell_is_seen(
    monkeypatch: pytest.MonkeyPatch, name: str, word: str, value: Any
) -> None:
    assert getattr(TABLE[name], word) != value
    monkeypatch.setattr(KINDS[name], word, value)
    assert next(differing(Judge(), [name]), None)


def test_what_is_learned_of_a_role_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only the words of commands: also how days and cohorts are looked at."""
    for of in EVERYBODY:
        for office, tenure in of.authority.held.items():
            monkeypatch.setitem(of.authority.held, office, tenure._replace(ends_on=None))
    assert next(differing(Judge(), ["cohort.plan"]), None)
