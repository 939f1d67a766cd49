"""The fields of a command as people give them: as JSON or FIELD=VALUE, in arguments or in files.

What is typed is text, and the form of a field says what it means: a number, yes or no, a list, or
an object. What means nothing of that kind is handed on as it is, and the door says what is wrong.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from services.cli.given import words_in
from services.cli.leaving import INVALID, fail
from services.door.forms import Form
from services.door.requests import plain
from services.escaping import is_text

AS_JSON: Final = 'Fields are given as FIELD=VALUE, or as one JSON object as in \'{{"{0}": "…"}}\'.'
NO_JSON: Final = "This is no JSON from line {0.lineno}, column {0.colno} on."
NO_TEXT: Final = "What is given is not text in UTF-8: there are signs in it that are none."
TWICE: Final = "Only one thing can be on the input: give the others in files, with @FILE."
YES_OR_NO: Final = {"true": True, "yes": True, "false": False, "no": False}
WHOLE_NUMBER: Final = re.compile(r"[+-]?\d{1,18}")
NAME: Final = re.compile(r"[A-Za-z_][\w.-]*")
PARTED_BY: Final = (";", ",")
Data = dict[str, Any]


def given(words: Sequence[str], forms: Mapping[str, Form]) -> tuple[Data, dict[str, list[Any]]]:
    """The fields that are given, and those that were given more than once, with all their values.

    It ends the call with a line if they can't be read.
    """
    if sum(word == "-" or word.endswith("=-") for word in words) > 1:
        fail(TWICE, INVALID)
    data, several = Data(), dict[str, list[Any]]()
    for name, value in (pair for word in words for pair in _pairs(word, forms)):
        if name in data or name in several:
            several.setdefault(name, [data.pop(name)] if name in data else []).append(value)
        else:
            _put(data, name, value)
    must_be_text(data, several)
    return data, several


def must_be_text(*data: Data) -> None:
    """End the call with a line if there is anything in these that can't be written."""
    if not all(is_text(json.dumps(one, ensure_ascii=False)) for one in data):
        fail(NO_TEXT, INVALID)


def _pairs(word: str, forms: Mapping[str, Form]) -> Iterator[tuple[str, Any]]:
    """What one argument says: an object of its own, or one field."""
    if word == "-" or word.startswith(("@", "{")):
        found = words_in(word)
        yield from object_in(word if found is None else found, forms).items()
        return
    name, equals, value = word.partition("=")
    if not equals or not NAME.fullmatch(name):
        fail(AS_JSON.format(next(iter(forms), "title")), INVALID)
    found = words_in(value)
    text = value if found is None else found.removesuffix("\n").removesuffix("\r")
    yield name, typed(form_at(name, forms), text)


def object_in(text: str, forms: Mapping[str, Form]) -> Data:
    """The fields in a text: one JSON object, or lines of FIELD=VALUE. It ends the call as above."""
    lines = [one.strip() for one in text.split("\n") if one.strip()]
    if lines and not lines[0].startswith(("{", "[", '"')) and all("=" in one for one in lines):
        data = Data()
        for name, _, value in (one.partition("=") for one in lines):
            _put(data, name.strip(), typed(form_at(name.strip(), forms), value.strip()))
        return data
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        wrong = f"{NO_JSON.format(error)} " if isinstance(error, json.JSONDecodeError) else ""
        fail(wrong + AS_JSON.format(next(iter(forms), "title")), INVALID)
    if not isinstance(found, dict):
        fail("The fields must be one JSON object.", INVALID)
    return found


def _put(data: Data, path: str, value: Any) -> None:
    """Put a value at its place: `profile.area` is a field of an object."""
    *above, last = path.split(".")
    for name in above:
        inner = data.setdefault(name, {})
        if not isinstance(inner, dict):
            fail(f"{path}: {name} was given otherwise already.", INVALID)
        data = inner
    if last in data:
        fail(f"{path}: it was given already.", INVALID)
    data[last] = value


def form_at(path: str, forms: Mapping[str, Form]) -> Form:
    """The form of a field, also of one within an object; any form, if there is no such field."""
    first, _, rest = path.partition(".")
    form = plain(forms.get(first, {}))
    return form_at(rest, inner_forms(form, rest)) if rest else form


def inner_forms(form: Form, path: str) -> Mapping[str, Form]:
    """The forms of an object's fields; where codes are its keys, of the one that is asked for."""
    by_code = [*form.get("patternProperties", {}).values()]
    found: Mapping[str, Form] = form.get("properties", {})
    return found or dict.fromkeys([path.partition(".")[0]], by_code[0] if by_code else {})


def typed(form: Form, text: str) -> Any:
    """What a text means in a field of this form; itself, if it means nothing of the kind."""
    form = plain(form)
    match form.get("type"):
        case "boolean":
            return YES_OR_NO.get(text.strip().casefold(), text)
        case "integer" | "number" if WHOLE_NUMBER.fullmatch(text.strip()):
            return int(text)
        case "array":
            return _listed(form, text)
        case "object":
            return _object(form, text)
    return text


def _listed(form: Form, text: str) -> Any:
    if text.lstrip().startswith("["):
        return _json(text)
    return [typed(form.get("items", {}), one) for one in parted(text)]


def _object(form: Form, text: str) -> Any:
    if text.lstrip().startswith("{"):
        return _json(text)
    pairs = [one.partition("=") for one in parted(text)]
    if not all(equals for _, equals, _ in pairs):
        return text
    return {
        name.strip(): typed(form_at(name.strip(), inner_forms(form, name.strip())), value.strip())
        for name, _, value in pairs
    }


def parted(text: str) -> list[str]:
    """What stands between semicolons; if there are none, between commas."""
    sign = next((one for one in PARTED_BY if one in text), PARTED_BY[0])
    return [one.strip() for one in text.split(sign) if one.strip()]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def in_columns(cells: Iterable[tuple[str, str]], forms: Mapping[str, Form]) -> Data:
    """The fields of a row of a table; an empty cell says nothing."""
    data = Data()
    for path, text in cells:
        if text.strip():
            _put(data, path, typed(form_at(path, forms), text.strip()))
    return data
