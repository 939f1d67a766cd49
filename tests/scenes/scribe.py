"""Writes facts down as the log would keep them: sealed, encoded, in the order of their times."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from events.catalogue import Recorded, decode
from events.envelope import Origin, encode, head_of
from events.event import Event
from events.ids import CommandId, PersonId, derived_uuid
from events.personal import Sealed, marked
from projections.projection import Projection, R
from projections.replay import folded
from tests.scenes.given import NOON

Facts = Event | Iterable[Event]


class Written(NamedTuple):
    """What follows from one command."""

    time: datetime
    origin: Origin
    facts: tuple[Event, ...]


def flat(facts: Iterable[Facts]) -> Iterator[Event]:
    for fact in facts:
        yield from [fact] if isinstance(fact, Event) else fact


def sealed(event: Event, event_id: str) -> Event:
    """The fact with its personal and embargoed values as they are stored; nobody can open them."""
    values = {}
    for name, mark in marked(type(event)):
        if getattr(event, name) is not None:
            audience = mark.audience(getattr(event, mark.of))
            values[name] = Sealed(
                audience=audience, key=1, event=event_id, field=name, sealed="bm90aGluZw"
            )
    return event.model_copy(update=values)


class Scribe:
    """Takes down what is told, in any order, and hands it out in the order of its times."""

    def __init__(self) -> None:
        self._commands: list[Written] = []

    def tell(
        self,
        time: datetime,
        *facts: Facts,
        by: str = "system:tests",
        on_behalf_of: PersonId | None = None,
    ) -> None:
        """One command's facts."""
        command_id = CommandId.derived(time, str(len(self._commands)))
        origin = Origin(
            command_id=command_id,
            digest="0" * 32,
            actor=by,
            role="coordinator",
            source="urn:tests",
            time=time.astimezone(UTC),
            traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
            correlation_id=command_id,
            causation_id=command_id,
            on_behalf_of=on_behalf_of,
        )
        self._commands.append(Written(time, origin, tuple(flat(facts))))

    def recorded(self) -> tuple[Recorded[Event], ...]:
        """Everything, at positions from 1."""
        return tuple(self._written())

    def _written(self) -> Iterator[Recorded[Event]]:
        position, last_of = 0, dict[str, int]()
        for command in sorted(self._commands, key=attrgetter("time")):
            for event in command.facts:
                position += 1
                event_id = str(derived_uuid(command.time, str(position)))
                head = head_of(position, last_of.get(event.context(), 0), command.origin.time)
                body = encode(sealed(event, event_id), event_id, command.origin)
                last_of[event.context()] = position
                yield decode(head + body)


def written_down(
    *facts: Facts, time: datetime = NOON, by: str = "system:tests"
) -> list[Recorded[Event]]:
    """These facts, each by a command of its own at the same time, from position 1."""
    scribe = Scribe()
    for fact in flat(facts):
        scribe.tell(time, fact, by=by)
    return list(scribe.recorded())


def shown(projection: Projection[R], key: str, *facts: Facts, **how: Any) -> R:
    """The row under a key once these facts have happened."""
    return folded(projection, written_down(*facts, **how))[key]
