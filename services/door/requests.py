"""What may be asked for at the door, in a document that is made from the code (`make docs`).

Whoever asks for one thing need not build the models of all.
"""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.crew import CONCERN
from services.door.forms import Form
from services.door.replies import Reply

KEPT: Final = Path(__file__).with_name("requests.json")
OF_AN_ID: Final = re.compile(r"\^([a-z]+)_")
NEAR: Final = 5


@cache
def document() -> Mapping[str, Any]:
    """The whole document (services/handbook/requests.py says what it holds)."""
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def commands() -> Mapping[str, Mapping[str, Any]]:
    """What is said of each command, by its name."""
    found: Mapping[str, Mapping[str, Any]] = document()["commands"]
    return found


def queries() -> Mapping[str, Mapping[str, Any]]:
    """What is said of each question that may be asked, by its name."""
    found: Mapping[str, Mapping[str, Any]] = document()["queries"]
    return found


def known() -> Form:
    """The forms to which others refer."""
    found: Form = document()["$defs"]
    return found


def fields_of(name: str) -> Mapping[str, Form]:
    """The form of each field of a command."""
    found: Mapping[str, Form] = commands()[name]["data"].get("properties", {})
    return found


def required_of(name: str) -> tuple[str, ...]:
    """The fields without which a command can't be."""
    return tuple(commands()[name]["data"].get("required", ()))


def plain(form: Form) -> Form:
    """A form without the detours: what it refers to, and what it is if it is not nothing."""
    if reference := form.get("$ref"):
        return plain(known()[str(reference).rpartition("/")[2]])
    some = [one for one in form.get("anyOf", ()) if one.get("type") != "null"]
    return plain(some[0]) if len(some) == 1 else form


def kind_of_id(form: Form) -> str | None:
    """What the ids begin with that a field holds, as `person`; None if it holds none."""
    pattern = str(plain(form).get("pattern", ""))
    found = OF_AN_ID.match(pattern)
    return found[1] if found and "[0-7]" in pattern else None


def unknown(name: str) -> Reply:
    """The answer to a command that does not exist, with the names that are near."""
    context = f"{name.split('.', 1)[0]}."
    open_ = [one for one in commands() if context == CONCERN or not one.startswith(CONCERN)]
    near = get_close_matches(name, open_, n=NEAR, cutoff=0.5)
    same = [one for one in open_ if one.startswith(context)]
    return Reply(status="unknown", near=tuple(dict.fromkeys([*near, *same])))
