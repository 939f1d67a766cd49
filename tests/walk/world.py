"""The world of a walk: one log, two processes that decide, whoever follows, and who looks on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple

from domain.decision import Act
from events.catalogue import Recorded
from events.envelope import HEAD_BYTES, Origin
from events.event import Event
from events.ids import CommandId, PersonId
from events.terms import Role
from services.log.log import Stored, Turn
from services.log.wishes import Accepted, Failed, Refused, Wish
from services.log.writer import REUSED
from services.log.written import Written
from services.workers.scheduler import DAILY
from tests.walk import assessing as _assessing
from tests.walk import choosing as _choosing
from tests.walk import improving as _improving
from tests.walk import learning as _learning
from tests.walk import meeting as _meeting
from tests.walk import planning as _planning
from tests.walk.anew import Anew
from tests.walk.beginning import Beginning
from tests.walk.checks import Checks
from tests.walk.door import Asked, Malformed, NotTied, WalkClock, WalkDoor, in_short, twin
from tests.walk.findings import CRASH, REPEATED, TWO_ANSWERS, Findings, Found, trouble
from tests.walk.followers import WalkNotifier, WalkPolicies, WalkProjector, WalkScheduler
from tests.walk.keys import KeyStore, PlainVault
from tests.walk.lives import Lives
from tests.walk.log import WalkLog
from tests.walk.sight import Sight
from tests.walk.team import assemble, coordinator
from tests.walk.wishes import Wishes
from tests.walk.writer import WalkWriter

BEGIN: Final = datetime(2024, 9, 2, 9, tzinfo=UTC)
LARGE: Final = 100_000  # a budget of a memory, in facts, that is never used up
BUDGETS: Final = (LARGE, LARGE, 3000, 3000, 3000, 3000, 600, 600, 60)
WHAT_PEOPLE_DO: Final = (_assessing, _choosing, _improving, _learning, _meeting, _planning)


class First(NamedTuple):
    """A command as it was accepted first: its content, its people, and what it wrote."""

    content: bytes
    about: set[str]
    written: tuple[Written, ...]


class Happened(NamedTuple):
    """What happened in a world, so that it can be told again: at which moment of the door's clock
    somebody asked for something, or was erased; or had something recorded from `outside`.
    """

    moment: datetime
    asked: Asked | None = None
    erased: PersonId | None = None
    outside: Wish | None = None


class World:
    """Everything that there is in a walk. `chance` decides who of two does what."""

    def __init__(self, chance: Random) -> None:
        self.chance, self.steps, self.skew = chance, 0, timedelta()
        self.findings, self.counts = Findings(), Counter[tuple[str, str]]()
        self.story: list[Happened] = []
        self.log, self.store, self.clock = WalkLog(), KeyStore(), WalkClock(BEGIN)
        self.writers = [self._writer(one) for one in (0, 1)]
        self.door = WalkDoor(self.clock, PlainVault(self.store))
        self.anew = Anew()
        self.policies = WalkPolicies(self.log)
        self.projector = WalkProjector(self.log, chance)
        self.scheduler = WalkScheduler(self.projector.agenda)
        self.notifier = WalkNotifier(self.log, self.store, self.clock)
        sight = Sight()
        wishes = Wishes(chance, sight, self.clock.now, lambda: coordinator(self))
        self.lives = Lives(chance, sight, wishes, self.clock.now)
        self.checks = Checks(self)
        self._first: dict[tuple[str, str], First] = {}
        assemble(self)
        self.assembled = len(self.story)

    def go_on_from(self, beginning: Beginning) -> None:
        """Take over what has happened; nothing of it is asked for again. It began as we did."""
        self.clock.moment = beginning.moment
        lines = beginning.lines[self.log.head :]
        self.log.write([line.row for line in lines], {}, beginning.settled)
        for line in lines:
            self._learn(line.known, line.origin)
        self.lives.only_what_is_still_to_do()
        self.policies.checkpoint = self.log.head
        self.notifier.go_on_at(self.log.head)
        self.follow(at_once=True)
        self.writers = [self._writer(one) for one in (0, 1)]

    def _writer(self, number: int) -> WalkWriter:
        budget = self.chance.choice(BUDGETS) if number else LARGE
        vault = PlainVault(self.store)
        return WalkWriter(self.log, vault, self.clock, budget, upside_down=number == 1)

    def found(self, name: str, what: str, *about: str) -> None:
        """Somebody found something."""
        self.findings.add(Found(name, what, about, self.steps))

    def start_again(self, number: int) -> None:
        """A process that decides is stopped, and another begins with nothing at hand."""
        self.writers[number] = self._writer(number)

    def turn_keys(self) -> None:
        """Another version of every key; whoever opens something has nothing at hand."""
        self.store.version += 1
        for number in (0, 1):
            self.start_again(number)
        self.notifier.begin()

    def erase(self, person: PersonId) -> None:
        """Their keys are destroyed, under all ids that they have; one of the two writes the fact,
        and knows of it in its turn.
        """
        self.story.append(Happened(self.clock.now(), erased=person))
        for one in self.anew.one_person.ids(person):
            self._erase(PersonId(one))

    def _erase(self, person: PersonId) -> None:
        self.store.destroy(person)
        sent = CommandId.derived(self.clock.now(), "erased", person)
        act = Act(sent, self.clock.now(), "system:command-line", Role.SYSTEM)
        writer = self.chance.choice(self.writers)
        writer.catch_up()
        writer._vault.forget()
        writer._recorded = max(writer._recorded, self.clock.now())
        wish = self.door.erasing(person, act, writer._vault)
        my = Turn(None, self.log.head)  # type: ignore[arg-type]  # there is no database
        rows = writer._positioned(my, wish, self.log.head)
        self.log.write(rows, {}, ())
        writer._memory.advance(self.log.head)
        self.door.forget(person)
        self._learned(wish)

    def from_outside(self, command: Any) -> None:
        """Have something recorded that the door does not take."""
        wish = self.door.inside(command, self.log.head)
        self.story.append(Happened(self.clock.now(), outside=twin(wish)))
        self.writers[0].decide([wish])
        assert isinstance(wish.answer, Accepted), wish.answer
        self._learned(wish)

    def send(self, asked: Asked) -> Wish | None:
        """Have a request answered by both writers; None if its form is wrong."""
        (wish,) = self.send_together([asked]) or (None,)
        return wish

    def send_together(self, group: Sequence[Asked]) -> list[Wish]:
        """Have requests answered in one turn by both writers, of whom one writes."""
        asked, wishes = list[Asked](), list[Wish]()
        for one in group:
            try:
                wishes.append(self.door.wish(one))
                asked.append(one)
            except (Malformed, NotTied):
                self.counts[one.name, "malformed"] += 1
        self.steps += len(wishes)
        self.story += [Happened(self.clock.now(), one) for one in asked]
        first, other = self.chance.sample(self.writers, 2)
        twins = [twin(one) for one in wishes]
        self._decided(first, other, wishes, twins)
        for one, wish, another in zip(asked, wishes, twins, strict=True):
            self._compare(one, wish, another)
            self.door.answered(wish)
            self._learned(wish)
            self._must_be_as_before(one, wish)
        return wishes

    def _decided(
        self, first: WalkWriter, other: WalkWriter, wishes: list[Wish], twins: list[Wish]
    ) -> None:
        """The other one has the same turn, or only sees what the first one wrote."""
        if len(wishes) == 1 and self.chance.random() < 0.7:
            other.rehearse(twins[0])
            first.decide(wishes)
        else:
            rows, _ = other.in_turn(twins)
            if list(map(_told, first.decide(wishes))) == list(map(_told, rows)):
                other.goes_on_after(first)
            else:
                self.found(TWO_ANSWERS, f"{[one.command.name for one in wishes]}: other rows")
                self.writers = [self._writer(one) for one in (0, 1)]
        waits = [at for at, one in enumerate(wishes) if one.answer is None]
        if waits:  # until what was forgotten in that turn is known again
            first, other = self.writers
            theirs = [twins[one] for one in waits]
            self._decided(first, other, [wishes[one] for one in waits], theirs)

    def _compare(self, asked: Asked, wish: Wish, other: Wish) -> None:
        said, others = in_short(wish.answer), in_short(other.answer)
        self.counts[asked.name, said] += 1
        if isinstance(wish.answer, Failed) or isinstance(other.answer, Failed):
            self.found(CRASH, f"{asked.name}: {trouble()}")
            return
        wrote = [one.body for one in wish.facts], [one.body for one in other.facts]
        if other.answer is None:
            same = isinstance(wish.answer, Accepted) and wrote[0] == wrote[1]
        else:
            same = said == others
        if not same:
            kinds = [one.known.name for one in other.facts]
            self.found(TWO_ANSWERS, f"{asked.name}: {said}, and {others} {kinds}")

    def _must_be_as_before(self, asked: Asked, wish: Wish) -> None:
        """What was accepted has its answer for ever; under its id nothing else is done."""
        name, answer = (asked.by, asked.body["id"]), wish.answer
        before = self._first.get(name)
        if before is None:
            if isinstance(answer, Accepted):
                self._first[name] = First(wish.content, wish.about, answer.written)
            return
        if not self.anew.erased.isdisjoint(before.about | wish.about):
            right = isinstance(answer, Accepted | Refused)
        elif before.content == wish.content:
            right = answer == Accepted(before.written, repeated=True)
        else:
            right = answer == REUSED
        if not right:
            self.found(REPEATED, f"{asked.name}: {in_short(answer)}")

    def _learned(self, wish: Wish) -> None:
        """Everybody who looks on sees the new facts."""
        accepted = isinstance(wish.answer, Accepted) and not wish.answer.repeated
        for shut in wish.facts if accepted else ():
            self._learn(shut.known, wish.origin)

    def _learn(self, known: Event, origin: Origin) -> None:
        stored = self.log.facts[len(self.anew.known)]
        if known.forgets:
            self.anew.erase(getattr(known, known.forgets))
        self.anew.take(known, stored, origin)
        self.lives.take(self.anew.opened[-1])
        true = replace(stored.envelope, origin=origin)
        self.checks.judge(Recorded(true, self.anew.opened[-1]), stored)

    def follow(self, *, at_once: bool = False) -> None:
        """Others take in what is new, some of them later; then all that must hold is looked at."""
        while self.projector.behind and (at_once or self.chance.random() < 0.97):
            self.checks.projected()
        while self.notifier.behind and (at_once or self.chance.random() < 0.9):
            self.checks.notified()
        self.checks.after_a_step()

    def is_at_rest(self) -> bool:
        """Whether nobody is behind, and all that is due was asked for: on this day, since what was
        nothing to do on another may be something now.
        """
        if self.policies.behind or self.projector.behind or self.notifier.behind:
            return False
        now = self.clock.now() + self.skew
        asked = [one.asked for one in self.scheduler.due(now)]
        return all(one and one.settled and one.asked_at > now - DAILY for one in asked)


def _told(row: Stored) -> tuple[int, list[str], bytes]:
    """A row but for when it was recorded: a process whose clock was set back does not go back."""
    return row.position, row.tags, row.document[HEAD_BYTES:]
