"""What the generated pages share: tables of fields, and the words that fields may have."""

from collections.abc import Iterable, Iterator
from inspect import getdoc
from typing import Any, Final

from services.door.forms import Form, in_words

FIELD: Final = ("field", "form", "")
MADE: Final = "<!-- Made by `make docs` from the code; change it there. -->"


def said(of: object) -> str:
    """A docstring as one paragraph each for its paragraphs."""
    paragraphs = (getdoc(of) or "").split("\n\n")
    return "\n\n".join(" ".join(one.split()) for one in paragraphs)


def first_of(of: object) -> str:
    """The first paragraph of a docstring, on one line."""
    return said(of).split("\n\n", 1)[0]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A table; a bar within a cell would end it, so it is escaped."""
    titles = tuple(head)
    yield f"| {' | '.join(titles)} |"
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


def linked(schema: Form, page: str = "") -> Form:
    """What a schema defines, as links to where each thing is explained."""
    return {name: {"const": f"[{name}]({page}#{name.lower()})"} for name in schema.get("$defs", {})}


def explained(schema: Form) -> Iterator[str]:
    """What a schema defines, each under a heading of its own: its choices, or its fields."""
    for name, form in sorted(schema.get("$defs", {}).items()):
        yield f"### {name}\n"
        yield f"{' '.join(form.get('description', '').split())}\n"
        if "enum" in form:
            yield ", ".join(f"`{choice}`" for choice in form["enum"]) + "\n"
        else:
            yield from table(FIELD, fields(form, linked(schema)))


def fields(schema: Form, known: Form) -> Iterator[tuple[str, str, str]]:
    """Each field of an object: name, form, and whether it may be left out."""
    required = schema.get("required", ())
    for name, form in schema.get("properties", {}).items():
        yield f"`{name}`", in_words(form, known), "" if name in required else _optional(form)


def _optional(form: Form) -> str:
    absent = f", else `{form['default']}`" if _is_short(form.get("default")) else ""
    unless = f"; needed {form['needed']}" if "needed" in form else ""
    return f"optional{absent}{unless}"


def _is_short(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
