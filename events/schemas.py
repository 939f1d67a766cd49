"""The JSON Schemas of all facts as they are stored, for subscribers in any language.

A schema describes the document on the wire: what is not for everybody is sealed there or kept
beside the log, and what is absent is left out. Facts beneath a cover have none, since only their
cover is there to be seen. Unknown fields are allowed, because fields are added.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from events.catalogue import CATALOGUE
from events.envelope import SCHEMA_PREFIX, TYPE_PREFIX
from events.event import Event
from events.ids import ALPHABET, CommandId, PersonId, RulesId
from events.personal import marked
from events.terms import NEWCOMER, SYSTEM, AskedBy, Code, EarlierReason, Reference, Role, System

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ADDRESS: Final = "[A-Za-z0-9._~:/-]{1,200}"
NAME: Final = r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*"


def _like(pattern: str) -> dict[str, Any]:
    """A text of which the whole is like this."""
    return {"type": "string", "pattern": f"^{pattern}$"}


def _dotted(prefix: str) -> str:
    """A prefix with dots that stand for nothing but dots, in the dialect of any language."""
    return prefix.replace(".", r"\.")


POSITION: Final = _like("[0-9]{16}")
MOMENT: Final = {"type": "string", "format": "date-time", "pattern": "Z$"}
REFERENCE: Final = TypeAdapter(Reference).json_schema()
DIGEST: Final = _like("[0-9a-f]{32}")


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of the envelope, as `envelope`, and of the `data` of each type of fact."""
    of_data = {TYPE_PREFIX + name: schema_of(kind) for name, kind in CATALOGUE.items()}
    return {"envelope": ENVELOPE, **of_data}


def schema_of(kind: type[Event]) -> dict[str, Any]:
    """The schema (2020-12) of a fact's `data`; its `$id` is what the fact has as `dataschema`."""
    schema = kind.model_json_schema(schema_generator=_AsStored)
    for name, _ in marked(kind):
        schema["properties"][name].pop("default", None)  # it is sealed as any other
    return {"$schema": DIALECT, "$id": SCHEMA_PREFIX + kind.wire_name(), **schema}


class _AsStored(GenerateJsonSchema):
    """Pydantic's own form of a model, less what never stands in a stored document."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """What is absent is left out, and never null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """As above, for what is absent unless it is said."""
        found = super().default_schema(schema)
        return {key: value for key, value in found.items() if (key, value) != ("default", None)}

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """The parts of a fact may grow as the fact itself may."""
        found = super().model_schema(schema)
        return {key: value for key, value in found.items() if key != "additionalProperties"}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's form
        """A field's name says it already."""
        return False


_REQUIRED: Final[Mapping[str, Any]] = {
    "specversion": {"const": "1.0"},
    "sequence": POSITION | {"description": "The position in the log and in the stream."},
    "previous": POSITION | {"description": "The position before it in its context, or zeros."},
    "recordedtime": MOMENT | {"description": "When the log took it; it never goes back."},
    "id": {"type": "string", "format": "uuid", "description": "The fact's own id."},
    "source": _like(ADDRESS) | {"description": "Which installation speaks."},
    "type": _like(_dotted(TYPE_PREFIX) + NAME)
    | {"description": "The name of the fact, by which its schema is found."},
    "subject": _like(f"[a-z]+_[0-7][{ALPHABET}]{{25}}")
    | {"description": "The id of what it is mainly about."},
    "time": MOMENT | {"description": "When it happened."},
    "datacontenttype": {"const": "application/json"},
    "dataschema": _like(_dotted(SCHEMA_PREFIX) + NAME)
    | {"description": "The `$id` of the schema of `data`."},
    "traceparent": _like("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
    | {"description": "The trace that it belongs to (W3C Trace Context)."},
    "correlationid": REFERENCE
    | {"description": "The command or fact with which began what it is part of."},
    "causationid": REFERENCE | {"description": "The command or fact that it follows from."},
    "commandid": TypeAdapter(CommandId).json_schema()
    | {"description": "The command that brought it about: not the id that was sent."},
    "commanddigest": DIGEST | {"description": "Keyed, so that it tells nothing."},
    "actor": _like(f"({NEWCOMER}|{SYSTEM}({'|'.join(System)}|withheld)|{PersonId.pattern.pattern})")
    | {
        "description": "Who did it; `newcomer` for somebody whom nobody knows yet,"
        " `system:withheld` for all that a panel does under its cover."
    },
    "actorrole": {
        "enum": [role.value for role in Role],
        "description": "In which role; `system` for all that a panel does under its cover.",
    },
    "data": {"type": "object", "description": "The fact itself, in the form that `type` names."},
}
_OPTIONAL: Final[Mapping[str, Any]] = {
    "onbehalfof": TypeAdapter(PersonId).json_schema()
    | {"description": "For whom it was done, by somebody else."},
    "asked": {
        "enum": [way.value for way in AskedBy],
        "description": "How whoever is named in `onbehalfof` asked somebody of the team for it.",
    },
    "issuer": TypeAdapter(Code).json_schema()
    | {"description": "Who vouched for the actor, by a code from the settings."},
    "credential": _like("[0-9a-f]{32,64}")
    | {"description": "A digest of the id of what the actor showed."},
    "reason": {
        "enum": [reason.value for reason in EarlierReason],
        "description": "Why `time` may be earlier than `recordedtime`.",
    },
    "rules": TypeAdapter(RulesId).json_schema()
    | {"description": "The programme's rules by which it was decided, where it was by any."},
}
ENVELOPE: Final[dict[str, Any]] = {
    "$schema": DIALECT,
    "$id": SCHEMA_PREFIX + "envelope.v1",
    "title": "Envelope",
    "description": "A fact as it is stored and sent: a CloudEvents 1.0 document in JSON.",
    "type": "object",
    "properties": {**_REQUIRED, **_OPTIONAL},
    "required": list(_REQUIRED),
}
"""The schema of the whole document around `data` (docs/decisions/001-envelope.md)."""
