"""The one representation of a fact: a CloudEvents 1.0 document, stored, hashed and sent as it is.

The first four attributes have fixed widths, so that a fact which is placed in the log at its
writer's turn is one concatenation and never encoded twice (docs/decisions/001-envelope.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter
from pydantic_core import from_json

from events.event import Event

TYPE_PREFIX: Final = "uk.nhs.leading-together."
SCHEMA_PREFIX: Final = "tag:england.nhs.uk,2016:leading-together/"
MAX_BYTES: Final = 256 * 1024
DATA: Final = b',"data":'
ATTRIBUTES: Final = TypeAdapter(dict[str, str]).serializer  # by its form, five times as fast


class EventTooLarge(ValueError):
    """An encoded event may have 256 KiB; keep larger parts beside the log and refer to them."""


class Origin(NamedTuple):
    """Who wanted what, for whom and why: all that the facts of one command have in common.

    `actor` is a person's id or `system:<worker>`; `digest` is keyed by the people whom the command
    is about, so it tells nothing and dies with them; `reason` is a code, given where somebody says
    that a thing happened earlier. `issuer` says who vouched for the actor, and `credential` is the
    digest of the id of what they showed; both are absent where nobody did. `rules` is the id of the
    programme's rules by which it was decided, if it was by any. `asked` is how whoever it was done
    for (`on_behalf_of`) asked the team for it, if somebody of the team did it.
    """

    command_id: str
    digest: str
    actor: str
    role: str
    source: str
    time: datetime
    traceparent: str
    correlation_id: str
    causation_id: str
    on_behalf_of: str | None = None
    issuer: str | None = None
    credential: str | None = None
    reason: str | None = None
    rules: str | None = None
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """All that is known of a recorded fact besides the fact: times are aware and in UTC."""

    position: int
    previous: int
    recorded: datetime
    id: str
    type: str
    subject: str
    origin: Origin

    @property
    def time(self) -> datetime:
        """When it happened; `recorded` is when the log took it."""
        return self.origin.time


@lru_cache(maxsize=64)
def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with six digits of a second: always 27 characters."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def encode(event: Event, event_id: str, origin: Origin) -> bytes:
    """All of the document behind its first four attributes."""
    name = event.wire_name()
    attributes = {
        "id": event_id,
        "source": origin.source,
        "type": TYPE_PREFIX + name,
        "subject": event.subject_id(),
        "time": timestamp(origin.time),
        "datacontenttype": "application/json",
        "dataschema": SCHEMA_PREFIX + name,
        "traceparent": origin.traceparent,
        "correlationid": origin.correlation_id,
        "causationid": origin.causation_id,
        "commandid": origin.command_id,
        "commanddigest": origin.digest,
        "actor": origin.actor,
        "actorrole": origin.role,
        "onbehalfof": origin.on_behalf_of,
        "issuer": origin.issuer,
        "credential": origin.credential,
        "reason": origin.reason,
        "rules": origin.rules,
        "asked": origin.asked,
    }
    given = {key: value for key, value in attributes.items() if value is not None}
    data = event.model_dump_json(exclude_none=True).encode()
    body = b"%b%b%b}" % (ATTRIBUTES.to_json(given)[1:-1], DATA, data)
    if len(body) + HEAD_BYTES > MAX_BYTES:
        raise EventTooLarge(f"{name} has {len(body)} bytes, more than {MAX_BYTES}")
    return body


def head_of(position: int, previous: int, recorded: datetime) -> bytes:
    """The first four attributes; together with an encoded rest they are the document."""
    return (
        f'{{"specversion":"1.0","sequence":"{position:016}","previous":"{previous:016}",'
        f'"recordedtime":"{timestamp(recorded)}",'
    ).encode()


POSITION_AT: Final = head_of(0, 0, datetime.fromtimestamp(0, UTC)).index(b"0000")
HEAD_BYTES: Final = len(head_of(0, 0, datetime.fromtimestamp(0, UTC)))


def recorded_time(document: bytes) -> datetime:
    """When the document was recorded, read from its fixed place."""
    return datetime.fromisoformat(document[HEAD_BYTES - 29 : HEAD_BYTES - 2].decode())


def position_of(document: bytes) -> int:
    """Its position, read from its fixed place."""
    return int(document[POSITION_AT : POSITION_AT + 16])


def data_of(document: bytes) -> bytes:
    """The fact in a document, as JSON; ValueError if it is no document of ours.

    Within a text a quotation mark is escaped, so the first place that looks like it is the place.
    """
    return document[document.index(DATA) + len(DATA) : -1]


def read_document(document: bytes) -> tuple[Envelope, Mapping[str, Any]]:
    """The envelope of a document and its data as plain JSON values. ValueError if it is none."""
    fields = from_json(document)
    try:
        return _envelope(fields), fields["data"]
    except (KeyError, TypeError) as error:
        raise ValueError("not a CloudEvents document of this programme") from error


def _envelope(fields: Mapping[str, Any]) -> Envelope:
    return Envelope(
        position=int(fields["sequence"]),
        previous=int(fields["previous"]),
        recorded=datetime.fromisoformat(fields["recordedtime"]),
        id=fields["id"],
        type=fields["type"].removeprefix(TYPE_PREFIX),
        subject=fields["subject"],
        origin=Origin(
            command_id=fields["commandid"],
            digest=fields["commanddigest"],
            actor=fields["actor"],
            role=fields["actorrole"],
            source=fields["source"],
            time=datetime.fromisoformat(fields["time"]),
            traceparent=fields["traceparent"],
            correlation_id=fields["correlationid"],
            causation_id=fields["causationid"],
            on_behalf_of=fields.get("onbehalfof"),
            issuer=fields.get("issuer"),
            credential=fields.get("credential"),
            reason=fields.get("reason"),
            rules=fields.get("rules"),
            asked=fields.get("asked"),
        ),
    )
