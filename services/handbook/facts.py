"""The catalogue of facts for subscribers: `docs/events.md`."""

from collections.abc import Iterator
from types import ModuleType

from events.catalogue import BENEATH, CATALOGUE, CONTEXTS, facts_of
from events.clear_envelope import ATTRIBUTES
from events.corrections import PUT_RIGHT_BY, Stays
from events.envelope import TYPE_PREFIX
from events.event import Event, id_fields
from events.personal import marked
from events.schemas import ENVELOPE, schema_of
from services.door.forms import Form, in_words
from services.handbook.markdown import (
    FIELD,
    MADE,
    explained,
    fields,
    first_of,
    linked,
    said,
    table,
)

BEFORE = f"""{MADE}
# Facts

All {{number}} kinds of facts that the log and the stream hold, by the file of `events/` in which
they stand; [some others](#beneath-covers) lie sealed in them. The JSON Schema of each is in
[schemas.json](schemas.json), and what `leading-together events --schemas` prints.
[For subscribers](subscribing.md) tells how to receive them, and
[what stands in the clear](clear.md) why everybody may read what is not sealed.

- A fact `offer.made.v1` has the type `{TYPE_PREFIX}offer.made.v1` and comes on the subject
  `lt.event.offer.made`.
- A **tag** is an id by which the log finds all facts about a thing.
- A **sealed** field is an object with ciphertext: `audience` (one or more ids, each with its
  purpose), `key` (the version of the key of each), `event`, `field` and `sealed`. One that is kept
  **beside the log** has `digest` and `size` instead of `sealed`.
  See [decision 002](decisions/002-sealed-fields.md).
- Every fact tells **what puts it right** if it was recorded by mistake, or why nothing does.
- What is **optional** is left out where there is nothing to say. Ignore fields that you don't know.
"""
COVERS = """Of some facts not even the kind is for everybody. Each of these is stored as its cover,
with the cover's ids, and lies sealed in `content`; no schema, stream or subject has its name."""


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield BEFORE.format(number=len(CATALOGUE))
    yield "## The document around each fact\n"
    yield f"{ENVELOPE['description']} The fact itself is in `data`.\n"
    yield from table(("attribute", "form", "meaning", ""), _attributes())
    for module in CONTEXTS:
        yield from _context(module)
    yield from _beneath_covers()
    yield "## The words in fields\n"
    yield from explained({"$defs": _words()})


def _words() -> dict[str, Form]:
    """All that fields refer to. ValueError if two things have one name."""
    found: dict[str, Form] = {}
    for kind in CATALOGUE.values():
        for name, form in schema_of(kind).get("$defs", {}).items():
            if found.setdefault(name, form) != form:
                raise ValueError(f"two things are called {name}: give one of them another name")
    return found


def _attributes() -> Iterator[tuple[str, ...]]:
    for name, form in ENVELOPE["properties"].items():
        optional = "" if name in ENVELOPE["required"] else "optional"
        words = ATTRIBUTES[name].form if "pattern" in form else in_words(form, {})
        yield f"`{name}`", words, form.get("description", ""), optional


def _context(module: ModuleType) -> Iterator[str]:
    yield f"## {module.__name__.rpartition('.')[2].capitalize()}\n"
    yield f"{said(module)}\n"
    for kind in facts_of(module):
        if kind.cover is None:
            yield f"### {kind.wire_name()}\n"
            yield f"{said(kind)}\n"
            yield from table(FIELD, _fields(kind))
            yield f"{_put_right(kind)}\n"


def _put_right(kind: type[Event]) -> str:
    found = PUT_RIGHT_BY[kind]
    if isinstance(found, Stays):
        return f"Put right by nothing. {found.value}"
    return f"Put right by {', '.join(f'`{one.name}`' for one in found)}."


def _beneath_covers() -> Iterator[str]:
    yield "## Beneath covers\n"
    yield f"{COVERS}\n"
    yield from table(
        ("stored as", "may be", "which says"),
        (
            (_link(kind.stored_as()), f"`{kind.wire_name()}`", first_of(kind))
            for kind in sorted(BENEATH.values(), key=lambda one: one.stored_as().name)
        ),
    )


def _link(kind: type[Event]) -> str:
    """To where a fact is explained."""
    name = kind.wire_name()
    return f"[{name}](#{name.replace('.', '')})"


def _fields(kind: type[Event]) -> Iterator[tuple[str, str, str]]:
    schema, tags, sealed = schema_of(kind), id_fields(kind), dict(marked(kind))
    for name, form, optional in fields(schema, linked(schema)):
        raw = name.strip("`")
        if raw in sealed:
            beside = " It is kept beside the log." if sealed[raw].beside else ""
            yield name, schema["properties"][raw]["description"] + beside, optional
        else:
            tag = "tag" if raw in tags else ""
            yield name, form, ", ".join(filter(None, (tag, optional)))
