"""An example of whatever has a form: the least that it may be, with plain invented values."""

import json
import re
from typing import Any, Final

from services.door.forms import Form
from services.handbook import numbers

ID: Final = "0" + "123456789abcdefghjkmnpqrs"
MOMENTS: Final = {"date": "2025-03-10", "date-time": "2025-03-10T09:30:00Z", "time": "09:30:00"}
WORDS: Final = "as agreed"
LINE: Final = "^[A-Za-z0-9"
DIGEST: Final = re.compile(r"\^\[0-9a-f\]\{(\d+)\}\$")
CODED: Final = "scan-0041"
INSTEAD: Final[dict[str, dict[str, Any]]] = {
    "contact.end-those-of": {"person_id": f"person_{ID}"},
    "contact.name": {
        "person_id": f"person_{ID}",
        "full_name": "Iris Okafor",
        "phone": "01632 960001",
    },
    "person.change-details": {"full_name": "Ada Lovelace"},
    "person.register": {"full_name": "Ada Lovelace", "email": "ada@example.org"},
    "rules.propose": json.loads(numbers.example()),
    "workshop.reschedule": {"ends_at": "2025-03-10T16:00:00Z"},
    "workshop.schedule": {"title": "Skills day", "ends_at": "2025-03-10T16:00:00Z"},
    **{
        name: {"task_id": f"task_offer-lapsed_application_{ID}"}
        for name in ("task.done", "task.hand-on", "task.reopen", "task.take")
    },
}
"""Of commands of which the form alone does not say all: what else is said, or otherwise."""


def example_of_command(name: str, form: Form, known: Form) -> Any:
    """The fields of a command."""
    return {**example_of(form, known), **INSTEAD.get(name, {})}


def example_of(form: Form, known: Form) -> Any:
    """A value that has this form; `known` has the forms that it may refer to."""
    if reference := form.get("$ref"):
        return example_of(known[str(reference).rpartition("/")[2]], known)
    for name in ("const", "default"):
        if form.get(name) is not None:
            return form[name]
    for name in ("examples", "enum"):
        if form.get(name):
            return form[name][0]
    if some := form.get("anyOf") or form.get("oneOf"):
        return example_of(next(one for one in some if one.get("type") != "null"), known)
    return _OF_TYPE[form.get("type", "object")](form, known)


def _object(form: Form, known: Form) -> dict[str, Any]:
    required, properties = form.get("required", ()), form.get("properties", {})
    return {name: example_of(properties[name], known) for name in required}


def _array(form: Form, known: Form) -> list[Any]:
    return [example_of(form.get("items", {}), known)] * max(1, form.get("minItems", 1))


def _text(form: Form, _: Form) -> str:
    if moment := MOMENTS.get(form.get("format", "")):
        return moment
    pattern = str(form.get("pattern", ""))
    if "_[0-7]" in pattern:
        return f"{pattern[1:].partition('_')[0]}_{ID}"
    if digest := DIGEST.fullmatch(pattern):
        return "0" * int(digest[1])
    return CODED if pattern.startswith(LINE) else WORDS


def _number(form: Form, _: Form) -> int:
    return int(form.get("minimum", form.get("exclusiveMinimum", 0) + 1))


_OF_TYPE: Final = {
    "object": _object,
    "array": _array,
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda *_: True,
}
