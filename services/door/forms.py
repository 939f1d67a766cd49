"""The form of a field in a few words: a JSON Schema for people, at the command line and in docs."""

from collections.abc import Mapping
from typing import Any, Final

Form = Mapping[str, Any]

SIMPLE: Final = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "object": "an object",
}
ONE_LINE: Final = "one line"
MOMENTS: Final = {
    "date": "a day as 2024-09-16",
    "date-time": "a moment as 2024-09-16T10:00:00Z",
}
LIMITS: Final = (
    ("minimum", "from {}"),
    ("maximum", "to {}"),
    ("maxLength", "of up to {} characters"),
)


def in_words(form: Form, known: Form) -> str:
    """A schema in words; `known` has the schemas that it may refer to."""
    if reference := form.get("$ref"):
        return in_words(known[reference.rpartition("/")[2]], known)
    if alternatives := form.get("anyOf"):
        words = (in_words(one, known) for one in alternatives if one.get("type") != "null")
        return " or ".join(dict.fromkeys(words))
    if "const" in form:
        return str(form["const"])
    if choices := form.get("enum"):
        return "one of " + ", ".join(map(str, choices))
    return _many(form, known) or _one(form)


def _many(form: Form, known: Form) -> str:
    """A list, or an object with fields of its own; nothing if it is neither."""
    if form.get("type") == "array":
        return f"a list of {in_words(form.get('items', {}), known)}"
    if properties := form.get("properties"):
        inner = "; ".join(f"{name}: {in_words(one, known)}" for name, one in properties.items())
        return f"an object ({inner})"
    by_code = form.get("patternProperties", {}).values()
    return "".join(f"an object of codes with {in_words(one, known)} each" for one in by_code)


def _one(form: Form) -> str:
    """A single value."""
    if moment := MOMENTS.get(form.get("format", "")):
        return moment
    pattern = str(form.get("pattern", ""))
    if "_[0-7]" in pattern:
        return f"an id {pattern[1:].partition('_')[0]}_…"
    if examples := form.get("examples"):
        return f"text as `{'` or `'.join(examples)}`"
    if pattern:
        return f"text like `{pattern}`"
    kind = ONE_LINE if form.get("format") == "one-line" else SIMPLE.get(form.get("type", ""))
    limits = (say.format(form[name]) for name, say in LIMITS if name in form)
    return " ".join([kind or "any value", *limits])
