"""Writes facts down as the log would keep them: sealed, encoded, in the order of their times."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic_core import from_json, to_json

from events.catalogue import Recorded, decode
from events.cohorts import ReleaseSigned
from events.envelope import Origin, encode, head_of
from events.event import Event
from events.ids import CommandId, PersonId, derived_uuid
from events.personal import Beside, Erased, Sealed, marked
from projections.projection import Projection, R
from projections.replay import folded
from services.log.sealing import veiled, who
from tests.scenes.given import NOON, audience_over

Facts = Event | Iterable[Event]
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
BESIDE: Final = dict[str, bytes]()
"""What `shut` put beside the log, by digest."""


class Written(NamedTuple):
    """What follows from one command."""

    time: datetime
    origin: Origin
    facts: tuple[Event, ...]


def flat(facts: Iterable[Facts]) -> Iterator[Event]:
    for fact in facts:
        yield from [fact] if isinstance(fact, Event) else fact


def shut(event: Event, event_id: str, by: Mapping[str, str] = NOTHING) -> Event:
    """The fact in the form in which it is stored: what is sealed there has an envelope here that
    only `unsealed` can read. `by` says who acted, if the envelope does not.
    """
    if by and "by" in type(event).model_fields:
        event = event.model_copy(update={"by": by})
    values: dict[str, Any] = {}
    for name, mark in marked(type(event)):
        value = getattr(event, name)
        if mark.beside:
            closed = {"audience": mark.audience(event), "key": "1", "event": event_id}
            text = to_json(value)
            digest = sha256(text).hexdigest()
            BESIDE[digest] = text
            values[name] = Beside(**closed, field=name, digest=digest, size=len(text))
        elif (value is not None or mark.always) and not isinstance(value, Sealed | Erased):
            values[name] = _shut(value, mark.audience(event), event_id, name)
    inner = event.model_copy(update=values)
    if event.cover is None:
        return inner
    ids = event.cover.ids_over(event)
    content = {"name": event.wire_name(), "data": inner.model_dump(mode="json"), "by": by}
    sealed = _shut(content, audience_over(event), event_id, "content")
    return event.cover.model_validate({**ids, "content": sealed})


def _shut(value: Any, audience: str, event_id: str, field: str) -> Sealed:
    text = urlsafe_b64encode(to_json(value)).decode()
    return Sealed(audience=audience, key="1", event=event_id, field=field, sealed=text)


def unsealed(value: Any) -> Any:
    """JSON with all that `shut` put into envelopes taken out again, as at the edge."""
    if isinstance(value, list):
        return [unsealed(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "sealed" in value:
        return unsealed(from_json(urlsafe_b64decode(value["sealed"])))
    if value.get("digest") in BESIDE:
        return from_json(BESIDE[value["digest"]])
    return {key: unsealed(one) for key, one in value.items()}


def role_of(by: str, facts: Iterable[Event]) -> str:
    """In which role somebody does this in a scene."""
    if by.startswith("system:"):
        return "system"
    if any(isinstance(fact, ReleaseSigned) for fact in facts):
        return "co-chair"
    contexts = {fact.context() for fact in facts}
    if "assessment" in contexts:
        return "assessor"
    early = contexts <= {"person", "interest", "application", "offer", "place"}
    return "applicant" if early else "participant"


class Scribe:
    """Takes down what is told, in any order, and hands it out in the order of its times."""

    def __init__(self) -> None:
        self._commands: list[Written] = []

    def tell(
        self,
        time: datetime,
        *facts: Facts,
        by: str = "system:policies",
        on_behalf_of: PersonId | None = None,
    ) -> None:
        """One command's facts."""
        told = tuple(flat(facts))
        command_id = CommandId.derived(time, str(len(self._commands)))
        origin = Origin(
            command_id=command_id,
            digest="0" * 32,
            actor=by,
            role=role_of(by, told),
            source="urn:tests",
            time=time.astimezone(UTC),
            traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
            correlation_id=command_id,
            causation_id=command_id,
            on_behalf_of=on_behalf_of,
        )
        self._commands.append(Written(time, origin, told))

    def facts(self) -> tuple[Event, ...]:
        """All that was told so far, as rules know it."""
        return tuple(fact for command in self._in_order() for fact in command.facts)

    def recorded(self) -> tuple[Recorded[Event], ...]:
        """Everything, at positions from 1."""
        return tuple(self._written())

    def _in_order(self) -> list[Written]:
        return sorted(self._commands, key=attrgetter("time"))

    def _written(self) -> Iterator[Recorded[Event]]:
        position, last_of = 0, dict[str, int]()
        for command in self._in_order():
            for event in command.facts:
                position += 1
                event_id = str(derived_uuid(command.time, str(position)))
                said_by = who(command.origin) if event.stored_as().veiled else NOTHING
                stored = shut(event, event_id, said_by)
                head = head_of(position, last_of.get(stored.context(), 0), command.origin.time)
                origin = veiled(command.origin) if said_by else command.origin
                body = encode(stored, event_id, origin)
                last_of[stored.context()] = position
                yield decode(head + body)


def written_down(
    *facts: Facts, time: datetime = NOON, by: str = "system:policies"
) -> list[Recorded[Event]]:
    """These facts, each by a command of its own at the same time, from position 1."""
    scribe = Scribe()
    for fact in flat(facts):
        scribe.tell(time, fact, by=by)
    return list(scribe.recorded())


def shown(projection: Projection[R], key: str, *facts: Facts, **how: Any) -> R:
    """The row under a key once these facts have happened."""
    return folded(projection, written_down(*facts, **how))[key]
