"""What must hold after each step of a walk, and what must hold whenever nothing is going on."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from traceback import format_exception
from typing import TYPE_CHECKING, Any, Final

from domain.catalogue import COMMANDS, POLICIES
from domain.deciding import decided, known_for
from domain.decision import Act, Command, Refusal
from domain.invariants.catalogue import Judge
from events.applications import ApplicationStarted
from events.catalogue import Recorded
from events.event import Event
from events.ids import CommandId, PersonId
from events.one_person import JOINING, OnePerson
from events.people import RelationshipDeclared
from events.terms import Relationship, Role, Side
from projections.catalogue import PROJECTIONS
from services.log.memory import KnowledgeKey, Memory
from services.workers.scheduler import DAILY
from tests.walk.anew import differing
from tests.walk.findings import (
    DIRECTION,
    DUE,
    FOLLOWS,
    HELD,
    NOTICE,
    ONE_ID,
    READ_MODEL,
    ROW,
    TASK,
)
from tests.walk.followers import RowKey
from tests.walk.keys import PlainVault
from tests.walk.tasks import wrongly_listed

if TYPE_CHECKING:
    from tests.walk.world import World

ALL_OF_IT: Final = 100  # steps between looks at everything
SYSTEM: Final = "system:policies"


class Directions:
    """On which side people have applied, by which one can tell who is said to treat whom."""

    def __init__(self) -> None:
        self._sides: defaultdict[PersonId, set[Side]] = defaultdict(set)

    def is_lost(self, event: Event, one_person: OnePerson) -> bool:
        """Whether somebody who is no professional is said to treat one: they meant the reverse."""
        if isinstance(event, ApplicationStarted):
            self._sides[event.person_id].add(event.side)
        if not isinstance(event, RelationshipDeclared) or event.kind is not Relationship.TREATS:
            return False
        who, whom = (
            {side for one in one_person.ids(it) for side in self._sides[PersonId(one)]}
            for it in (event.person_id, event.other_id)
        )
        return who == {Side.PATIENT_LEADER} and whom == {Side.HEALTHCARE_LEADER}


class OneIdEach:
    """Under which id each application is recorded: the one with which it began, so that those who
    were taken for one person can be parted again.
    """

    def __init__(self) -> None:
        self._whose: dict[str, str] = {}

    def is_another(self, stored: Event) -> bool:
        """Whether a fact stands under another id than those before it."""
        thing, who = getattr(stored, "application_id", None), getattr(stored, "person_id", None)
        if not (thing and who):
            return False
        return bool(self._whose.setdefault(thing, who) != who)


class Checks:
    """Looks at a walk, and tells it what is wrong."""

    def __init__(self, walk: "World") -> None:
        self._walk = walk
        self._judge = Judge()
        self._looked = self._rested = 0
        self._follow: dict[str, Command] = {}
        self._directions = Directions()
        self._ids = OneIdEach()

    def judge(self, fact: Recorded[Event], stored: Recorded[Event]) -> None:
        """Hold a fact against all invariants, and remember what follows by itself from what is
        stored of it.
        """
        if isinstance(fact.event, JOINING):
            self._judge_anew()
        for one in self._judge.learn(self._walk.anew.one_person.named(fact)):
            self._walk.found(one.invariant, f"led there: {one.led_there}", *one.about)
        if self._ids.is_another(stored.event):
            self._walk.found(ONE_ID, stored.event.name, *stored.event.tags())
        if self._directions.is_lost(fact.event, self._walk.anew.one_person):
            self._walk.found(DIRECTION, fact.event.name, *fact.event.tags())
        for policy in POLICIES.get(type(stored.event), ()):
            for command in policy(stored):
                self._follow.setdefault(f"{command.name} {command.model_dump_json()}", command)

    def _judge_anew(self) -> None:
        """Whoever was two is one, or the other way round: what was so far is read so, and not held
        against anybody.
        """
        self._judge, anew = Judge(), self._walk.anew
        every = zip(anew.stored[:-1], anew.opened, anew.origins, strict=False)
        for stored, event, origin in every:
            true = replace(stored.envelope, origin=origin)
            self._judge.learn(anew.one_person.named(Recorded(true, event)))

    def projected(self) -> None:
        """The next fact, in all read models."""
        try:
            self._walk.projector.next()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            self._walk.found(READ_MODEL, in_one_line(error))

    def notified(self) -> None:
        """The letters that answer the next fact; at times, those of an earlier one once more."""
        notifier, chance = self._walk.notifier, self._walk.chance
        try:
            notifier.next()
            if chance.random() < 0.05:
                notifier.again(chance.randint(1, notifier.memory.head))
        except Exception as error:  # noqa: BLE001 - as above
            self._walk.found(NOTICE, in_one_line(error))

    def after_a_step(self) -> None:
        """What a step touched; everything, every hundred."""
        walk = self._walk
        everything = walk.steps // ALL_OF_IT != self._looked
        self._looked = walk.steps // ALL_OF_IT
        for one in walk.writers:
            one.catch_up()
        for memory in (*(one.memory for one in walk.writers), walk.notifier.memory):
            if memory.head == walk.log.head:
                self._held(memory, memory._held if everything else memory.touched)
                memory.touched.clear()
        if not walk.projector.behind:
            self._rows(self._all_rows() if everything else list(walk.projector.touched), everything)
            walk.projector.touched.clear()
        if walk.is_at_rest():
            rested, self._rested = self._rested, walk.steps // ALL_OF_IT
            self.at_rest(everything=self._rested != rested)

    def _held(self, memory: Memory, keys: Any) -> None:
        held: dict[KnowledgeKey, Any] = {
            key: memory._held[key] for key in list(keys) if key in memory._held
        }
        for kind, tags in differing(held, self._walk.anew):
            self._walk.found(HELD, kind.__name__, *map(str, tags))

    def _all_rows(self) -> list[RowKey]:
        return [RowKey(PROJECTIONS[name], key) for name, key in self._walk.anew.rows()]

    def _rows(self, keys: list[RowKey], all_of_them: bool) -> None:
        walk = self._walk
        for one in keys:
            if walk.projector.rows[one.projection.name].get(one.key) != walk.anew.row(*one):
                walk.found(ROW, one.projection.name, one.key)
        some = keys if all_of_them else keys[:1] if walk.chance.random() < 0.5 else []
        vaults = (None, PlainVault(walk.store)) if all_of_them else (PlainVault(walk.store),)
        for one in some:
            for vault in vaults:
                try:
                    walk.projector.shown(one, vault)
                except Exception as error:  # noqa: BLE001 - as above
                    walk.found(READ_MODEL, in_one_line(error), one.projection.name, one.key)

    def at_rest(self, *, everything: bool) -> None:
        """Nobody is behind: nothing that is due may be lost, nor anything left that follows."""
        walk = self._walk
        now = min(walk.clock.now(), walk.clock.now() + walk.skew)
        if everything or walk.chance.random() < 0.1:
            for found in self._judge.standing(now):
                walk.found(found.invariant, f"led there: {found.led_there}", *found.about)
            self._due(now)
            for task_id in wrongly_listed(self._judge.log, walk.projector.tasks()):
                walk.found(TASK, task_id.kind, task_id.about)
        follow = list(self._follow.values())
        some = follow if everything else walk.chance.sample(follow, min(1, len(follow)))
        for command in some:
            if self._would_have_an_effect(command, walk.clock.now()):
                walk.found(
                    f"{FOLLOWS}:{command.name}", "it would have an effect now", *ids(command)
                )

    def _due(self, now: datetime) -> None:
        """Whatever is due is asked for again within a day, as long as something would follow."""
        walk = self._walk
        for one in walk.scheduler.waiting(now):
            if one.asked is not None and not one.asked.is_over(now + DAILY + abs(walk.skew)):
                command = COMMANDS[one.command].model_validate(one.data)
                if self._would_have_an_effect(command, now):
                    walk.found(f"{DUE}:{one.command}", f"since {one.at}", *ids(command))

    def _would_have_an_effect(self, command: Command, now: datetime) -> bool:
        walk = self._walk
        act = Act(CommandId.derived(now, "to see"), now, SYSTEM, Role.SYSTEM)
        wish: Any = walk.anew.one_person.meant(command)
        try:
            return bool(decided(wish, act, known_for(wish, walk.anew.know)))
        except Refusal:
            return False


def ids(command: Command) -> tuple[str, ...]:
    """What a command names."""
    return tuple(str(value) for name, value in command if name.endswith("_id") and value)


def in_one_line(error: Exception) -> str:
    """A fault, and where it was."""
    return " / ".join(line.strip() for line in format_exception(error)[-3:])
