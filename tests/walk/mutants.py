"""Faults that somebody might build in one day, one by one: a walk must find each."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from domain.applications import notices as application_notices
from domain.assessments import assessment, evenness, members, to_score
from domain.cohorts import cohort
from domain.decision import Act
from domain.people import person
from domain.workshops import workshop
from events.needs import Kind
from events.one_person import OnePerson
from events.pairings import PairingResumed
from events.what_waits import NEEDS
from projections.agenda import AgendaRow
from services.log import memory, writer
from services.log.memory import Memory
from services.log.writer import Writer
from services.workers import scheduler
from tests.walk.expected import NAMES
from tests.walk.findings import Found
from tests.walk.walk import begun

SEEDS, STEPS = range(1, 49), 300
Patch = Callable[[], Iterable[Any]]


class Mutant(NamedTuple):
    """A fault, and how it is put in the place of what is right."""

    name: str
    patches: Patch

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While this lasts, the fault is there."""
        with ExitStack() as stack:
            for one in self.patches():
                stack.enter_context(one)
            yield

    def found(self) -> Found | None:
        """What a walk finds of it first, that is not known anyway; None if it finds nothing."""
        with self.at_work():
            for seed in SEEDS:
                walk = begun(seed)
                live = walk.whole_life if seed == SEEDS[0] else walk.turn
                while walk.steps < STEPS:
                    live()
                    live = walk.turn
                    new = [one for name, one in walk.findings.first.items() if name not in NAMES]
                    if new:
                        return new[0]._replace(step=new[0].step + STEPS * SEEDS.index(seed))
        return None


def _order_of_the_first_asker() -> Iterator[Any]:
    """As it was: two ids in the order in which they were first asked for, read by their place."""

    def tags(self: person.Between) -> tuple[str | None, ...]:
        if self.one_id is None or self.other_id is None:
            return (None,)
        return tuple(sorted((self.one_id, self.other_id)))

    def counting(self: assessment.PanelTable, ties: Iterable[person.Between]) -> list[Any]:
        close = {between.other_id for between in ties if between.too_close}
        close |= {who for who, kinds in self.conflicts.items() if kinds & person.HARD}
        return [one for who, one in sorted(self.assessments.items()) if who not in close]

    yield patch.object(person.Between, "__post_init__", lambda _: None)
    yield patch.object(person.Between, "tags", property(tags))
    yield patch.object(assessment.PanelTable, "counting", counting)


def _answered_for_ever() -> Iterator[Any]:
    """As it was: a refusal is an answer for ever, also one that says that it is too early."""
    yield patch.object(scheduler, "TOO_EARLY", frozenset())
    yield patch.object(scheduler.Asked, "is_over", lambda *_: False)


def _keeps_what_fell() -> Iterator[Any]:
    yield patch.object(Memory, "_drop_what_is_sealed", lambda _: None)


def _by_one_tag() -> Iterator[Any]:
    def learn(self: Memory, stored: Any, known: Any, tags: Iterable[str]) -> None:
        for tag in set(tags):
            for key in list(self._by_tag.get(tag, ())):
                self._teach(key, stored if key[0].unopened else known)

    yield patch.object(Memory, "learn", learn)


def _parts_with_gaps() -> Iterator[Any]:
    known = memory._known_upto

    def furthest(found: Sequence[Any]) -> int | None:
        return known(found) and max(one.row.position for one in found)

    yield patch.object(memory, "_known_upto", furthest)


def _forgets_its_own_turn() -> Iterator[Any]:
    hold = Memory._hold

    def without(self: Memory, *given: Any) -> None:
        anticipated, self._anticipated = self._anticipated, []
        hold(self, *given)
        self._anticipated = anticipated

    yield patch.object(Memory, "_hold", without)


def _knows_no_ids() -> Iterator[Any]:
    yield patch.object(Writer, "_as_before", lambda *_: None)


def _promises_count_for_nothing() -> Iterator[Any]:
    free = property(lambda self: self.capacity - len(self.booked))
    yield patch.object(workshop.Workshop, "free", free)


def _never_too_late() -> Iterator[Any]:
    yield patch.object(cohort.Cohort, "must_not_be_over", lambda *_: None)


def _acts_tell() -> Iterator[Any]:
    def alone(self: evenness.PanelActs, act: Any) -> Iterator[Any]:
        yield act

    yield patch.object(evenness.PanelActs, "alike", alone)
    yield patch.object(evenness.PanelActs, "evened", lambda *_: iter(()))


def _stored_by_half() -> Iterator[Any]:
    whole = AgendaRow.model_dump_json
    part = lambda self, **more: whole(self, exclude={"due"}, **more)  # noqa: E731 - said once
    yield patch.object(AgendaRow, "model_dump_json", part)


def _no_words() -> Iterator[Any]:
    yield patch.object(application_notices, "REASONS", {})


def _nobody_stands_down() -> Iterator[Any]:
    yield patch.object(members.Members, "may_assess", lambda *_: True)


def _nobody_is_late() -> Iterator[Any]:
    yield patch.object(to_score.Awaiting, "by_assessor", lambda _: iter(()))


def _claims_are_believed() -> Iterator[Any]:
    """As it was: in whatever role somebody says that they act, they act."""

    def believed(command: Any, act: Act, *_: Any) -> Act:
        return replace(
            act, role=act.role or min(command.roles), side=getattr(command, "side", None)
        )

    yield patch.object(writer, "authorised", believed)


def _knows_them_apart() -> Iterator[Any]:
    """What was known of two is not folded anew when they are found to be one."""
    yield patch.object(Memory, "_join", lambda self, fact: self.one_person.learn(fact))


def _answers_never_age() -> Iterator[Any]:
    """What a command was answered before others were decided is not asked anew."""
    yield patch.object(Memory, "stands", lambda *_: True)


def _knows_one_id() -> Iterator[Any]:
    """What is recorded under the other ids of somebody is not looked for."""
    yield patch.object(Memory, "_ids", lambda _, __, tag: (tag,))


def _records_the_kept_id() -> Iterator[Any]:
    """What goes on in a cohort is recorded under another id than that with which it began."""
    yield patch.object(OnePerson, "recorded", lambda _, fact: fact)


def _a_break_ends_by_nothing() -> Iterator[Any]:
    """Two go on after a break, and somebody is to ask them still how they are."""
    yield patch.dict(NEEDS[Kind.PAUSED].ended, {PairingResumed: lambda _: False})


MUTANTS: Final[Mapping[str, Mutant]] = MappingProxyType(
    {
        name: Mutant(name, patches)
        for name, patches in (
            ("as it was: the order of the first asker", _order_of_the_first_asker),
            ("as it was: answered for ever", _answered_for_ever),
            ("keeps what fell with somebody", _keeps_what_fell),
            ("learns by one tag", _by_one_tag),
            ("takes parts for the whole", _parts_with_gaps),
            ("forgets its own turn", _forgets_its_own_turn),
            ("knows no ids", _knows_no_ids),
            ("promises count for nothing", _promises_count_for_nothing),
            ("nobody applies too late", _never_too_late),
            ("acts tell what was found", _acts_tell),
            ("a row is stored by half", _stored_by_half),
            ("a notice lacks its words", _no_words),
            ("nobody stands down", _nobody_stands_down),
            ("nobody is late", _nobody_is_late),
            ("as it was: claims are believed", _claims_are_believed),
            ("two who are one are known apart", _knows_them_apart),
            ("somebody has one id", _knows_one_id),
            ("answers never age", _answers_never_age),
            ("goes on under another id", _records_the_kept_id),
            ("a task outlives its need", _a_break_ends_by_nothing),
        )
    }
)
