"""What a fact may become once it was recorded: it may grow; what was there stays as it was."""

import re
from collections.abc import Callable, Iterator, Mapping
from operator import ge, le
from types import MappingProxyType
from typing import Any, Final

Schema = Mapping[str, Any]

SAYINGS: Final = frozenset({"title", "description", "examples"})
APART: Final = frozenset({"properties", "required", "$defs"})
MAY_WIDEN: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "maximum": ge,
        "maxLength": ge,
        "maxItems": ge,
        "minimum": le,
        "minLength": le,
        "minItems": le,
        "pattern": lambda after, before: _alternatives(before) <= _alternatives(after),
        "enum": lambda after, before: set(before) <= set(after),
    }
)


ALTERNATIVES: Final = re.compile(r"\(([a-z]+(?:-[a-z]+)*(?:\|[a-z]+(?:-[a-z]+)*)+)\)")


def _alternatives(pattern: str) -> frozenset[str]:
    """All that a pattern says, with one of the words of each of its lists of words: a list may be
    longer, and all else stays.
    """
    lists = enumerate(ALTERNATIVES.findall(pattern))
    words = {f"{place} {word}" for place, found in lists for word in found.split("|")}
    return frozenset({ALTERNATIVES.sub("(|)", pattern), *words})


def all_breaks(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> Iterator[str]:
    """What would break for readers, over all schemas by type; a type that is new breaks nothing."""
    for kind, before in old.items():
        if kind in new:
            yield from breaks(plain(before), plain(new[kind]), kind)
        else:
            yield f"{kind} is gone"


def breaks(old: Schema, new: Schema, where: str) -> Iterator[str]:
    """Each change by which an old document does not fit any more, or an old reader goes astray.

    A field may be added if it may be absent, limits may be wider, and a list of choices longer.
    """
    yield from _of_fields(old, new, where)
    for key in sorted((old.keys() | new.keys()) - APART):
        before, after = old.get(key), new.get(key)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from breaks(before, after, where)
        elif before != after and not _is_wider(key, before, after):
            yield f"{where}: {key} was {before}, and is {after}"


def _of_fields(old: Schema, new: Schema, where: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    always, from_now = set(old.get("required", ())), set(new.get("required", ()))
    yield from (f"{where}.{name} is gone" for name in before if name not in after)
    yield from (f"{where}.{name} must now be there" for name in sorted(from_now - always))
    kept = sorted((always - from_now) & after.keys())
    yield from (f"{where}.{name} may now be absent" for name in kept)
    for name in before.keys() & after.keys():
        yield from breaks(before[name], after[name], f"{where}.{name}")


def _is_wider(key: str, before: Any, after: Any) -> bool:
    may = MAY_WIDEN.get(key)
    return may is not None and None not in (before, after) and may(after, before)


def plain(schema: Any, known: Schema | None = None) -> Any:
    """A schema without words for people, and with what it refers to in its place."""
    known = schema.get("$defs", {}) if known is None else known
    if isinstance(schema, list):
        return [plain(one, known) for one in schema]
    if not isinstance(schema, dict):
        return schema
    referred = known[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else {}
    whole = {key: value for key, value in {**referred, **schema}.items() if key != "$ref"}
    return {key: _part(key, value, known) for key, value in whole.items() if key not in SAYINGS}


def _part(key: str, value: Any, known: Schema) -> Any:
    """A field may well be called `title`, so names are kept where fields are listed."""
    if key == "properties":
        return {name: plain(form, known) for name, form in value.items()}
    return value if key == "$defs" else plain(value, known)
