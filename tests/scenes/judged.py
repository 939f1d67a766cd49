"""Histories that are held against the invariants: who did what when, and what is found in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from domain.invariants.catalogue import INVARIANTS, Judge
from domain.invariants.invariant import Finding
from domain.invariants.rules import BY_THE_DAY, BY_THE_PLAN
from events.catalogue import Recorded
from events.envelope import Envelope, Origin
from events.event import Event
from events.ids import FIRST_RULES, CommandId, PersonId, derived_uuid
from events.interest import InterestExpressed
from services.log.sealing import veiled, who
from tests.scenes.given import NOON, person
from tests.scenes.scribe import Facts, flat, shut

BY_NAME = {one.name: one for one in INVARIANTS}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """What one command brought about, and who wished for it when. `recorded` is when the log took
    it, if that was later; `again` is the name of the command, if it is to be the same as another;
    `rules` are those by which it was decided; the first ones, where it
    goes by any.
    """

    facts: tuple[Event, ...]
    at: datetime = NOON
    by: str = "system:policies"
    role: str = "system"
    recorded: datetime | None = None
    reason: str | None = None
    rules: str | None = FIRST_RULES
    again: str | None = None
    causation: str | None = None
    on_behalf_of: PersonId | None = None
    asked: str | None = None


def told(*facts: Facts, **how: Any) -> Told:
    """One command."""
    return Told(tuple(flat(facts)), **how)


def each(*facts: Facts, **how: Any) -> list[Told]:
    """A command for each of these facts."""
    return [Told((one,), **how) for one in flat(facts)]


History = Iterable[object]
"""Commands, facts, and several facts at once."""


def commands(history: History) -> Iterator[Told]:
    """Facts that nobody wished for in particular come each by a command of its own."""
    for one in history:
        if isinstance(one, Told):
            yield one
        else:
            assert isinstance(one, Event | Iterable)
            yield from each(one)


def recorded(history: History, *, sealed: bool = False) -> list[Recorded[Event]]:
    """These commands in the log, from position 1: as rules know them, or as they are stored."""
    return list(_written(commands(history), sealed=sealed))


def _written(history: Iterable[Told], *, sealed: bool) -> Iterator[Recorded[Event]]:
    position, last_of = 0, dict[str, int]()
    latest = datetime.min.replace(tzinfo=NOON.tzinfo)
    for number, command in enumerate(history):
        origin = origin_of(command, number)
        latest = max(latest, command.recorded or command.at)
        for event in command.facts:
            position += 1
            stored, event_id = event.stored_as(), str(derived_uuid(command.at, str(position)))
            by = who(origin) if stored.veiled else {}
            envelope = Envelope(
                position=position,
                previous=last_of.get(stored.context(), 0),
                recorded=latest,
                id=event_id,
                type=stored.wire_name(),
                subject=event.subject_id(),
                origin=veiled(origin) if by and sealed else origin,
            )
            last_of[stored.context()] = position
            yield Recorded(envelope, shut(event, event_id, by) if sealed else event)


def origin_of(command: Told, number: int) -> Origin:
    command_id = CommandId.derived(NOON, command.again or str(number))
    return Origin(
        command_id=command_id,
        digest="0" * 32,
        actor=command.by,
        role=command.role,
        source="urn:tests",
        time=command.at,
        traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
        correlation_id=command_id,
        causation_id=command.causation or command_id,
        reason=command.reason,
        on_behalf_of=command.on_behalf_of,
        asked=command.asked,
        rules=rules_of(command),
    )


def rules_of(command: Told) -> str | None:
    """By what rules it says that it was decided."""
    goes_by_some = any(isinstance(one, (*BY_THE_PLAN, *BY_THE_DAY)) for one in command.facts)
    return command.rules if goes_by_some or command.rules != FIRST_RULES else None


@dataclass
class Judged:
    """What is found in a history, by the name of the invariant."""

    facts: list[Recorded[Event]]
    now: datetime
    found: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        judge = Judge()
        for fact in self.facts:
            self.found += judge.learn(fact)
        self.found += judge.standing(self.now)

    def of(self, name: str) -> list[Finding]:
        return [one for one in self.found if one.invariant == name]


def judged(history: History, now: datetime = NOON, *, sealed: bool = False) -> Judged:
    return Judged(recorded(history, sealed=sealed), now)


def breaks(name: str, before: History, *breach: Told | Event, sealed: bool = True) -> None:
    """What came before does not break an invariant, and the breach, its last command, does; also
    `sealed`, as the log has it, unless the invariant rests on what is sealed.
    """
    sound = list(commands(before))
    whole = [*sound, *commands(breach)]
    assert judged(sound).of(name) == []
    _is_found(name, judged(whole))
    if sealed and not BY_NAME[name].opens:
        assert judged(whole, sealed=True).of(name)


def stands(name: str, history: History, *, until: datetime, from_then: datetime) -> None:
    """An invariant holds at a moment, and not any more at a later one, although nothing happened
    but something else. Whatever lets it hold until then happens before both.
    """
    history = list(commands(history))
    sound, broken = (_and_then(history, now) for now in (until, from_then))
    assert judged(sound, until).of(name) == []
    _is_found(name, judged(broken, from_then))
    assert judged(history, from_then).of(name) == [], "nothing else happened since"
    if not BY_NAME[name].opens:
        assert judged(broken, from_then, sealed=True).of(name)


def still_holds(name: str, history: History, now: datetime) -> None:
    """An invariant holds at a moment, although something else has happened until then."""
    assert judged(_and_then(history, now), now).of(name) == []


def _and_then(history: History, now: datetime) -> list[Told]:
    """Somebody else is interested, long after."""
    else_ = InterestExpressed(person_id=PersonId(person("Gwen")))
    return [*commands(history), told(else_, at=now)]


def _is_found(name: str, found: Judged) -> None:
    """It is told once, and whoever is told can look at what led there."""
    mine = found.of(name)
    assert mine, f"{name} is not found, but {sorted({one.invariant for one in found.found})}"
    assert len(set(mine)) == len(mine)
    for one in mine:
        assert one.about
        assert one.led_there
        assert set(one.led_there) <= {fact.envelope.position for fact in found.facts}
        assert list(one.led_there) == sorted(one.led_there)


def spoilt(
    history: History, number: int, *, origin: dict[str, Any] | None = None, **how: Any
) -> list[Recorded[Event]]:
    """A log in which one envelope is not as it was written."""
    facts = recorded(history)
    envelope = facts[number].envelope
    how |= {"origin": envelope.origin._replace(**origin)} if origin else {}
    facts[number] = Recorded(replace(envelope, **how), facts[number].event)
    return facts
