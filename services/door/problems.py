"""What is wrong with a value, in words for people; what somebody gave is never repeated."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import ValidationError
from pydantic_core.core_schema import ErrorType

TEXT: Final = "must be text"
WHOLE_NUMBER: Final = "must be a whole number"
NUMBER: Final = "must be a number"
YES_OR_NO: Final = "must be true or false"
DAY: Final = "must be a day, as 2024-09-16"
MOMENT: Final = "must be a moment with its zone, as 2024-09-16T10:00:00Z"
LIST: Final = "must be a list"
OBJECT: Final = "must be an object"
WORDS: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "extra_forbidden": "is no field of this: leave it out",
    "string_too_short": "is too short: {min_length} characters at least",
    "string_too_long": "is too long: {max_length} characters at most",
    "string_pattern_mismatch": "is not written as it must be",
    "string_unicode": "has signs that are none",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "union_tag_invalid": "must be one of {expected_tags}",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "too_short": "needs more in it: {min_length} at least",
    "too_long": "has too much in it: {max_length} at most",
    "json_invalid": "must be JSON",
    "json_type": "must be JSON",
    "value_error": "{error}",
    "assertion_error": "{error}",
}
BEGINNINGS: Final[tuple[tuple[str, str], ...]] = (
    ("string_", TEXT),
    ("int_", WHOLE_NUMBER),
    ("float_", NUMBER),
    ("decimal_", NUMBER),
    ("finite_", NUMBER),
    ("bool_", YES_OR_NO),
    ("datetime_", MOMENT),
    ("timezone_", MOMENT),
    ("date_", DAY),
    ("list_", LIST),
    ("tuple_", LIST),
    ("set_", LIST),
    ("frozen_set_", LIST),
    ("dict_", OBJECT),
    ("mapping_", OBJECT),
    ("model_", OBJECT),
    ("dataclass_", OBJECT),
)
EMPTY: Final = "must not be empty"
OTHERWISE: Final = "is not as it must be"
OF_THE_LIBRARY: Final = frozenset(get_args(ErrorType))


def problems_of(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Where each problem is, of which kind it is, and what is wrong."""
    for one in error.errors(include_url=False, include_input=False):
        yield one["loc"], one["type"], in_words(one["type"], one["msg"], one.get("ctx", {}))


def in_words(kind: str, message: str, limits: Mapping[str, Any]) -> str:
    """What is wrong; a `message` of our own stands as it is."""
    if kind not in OF_THE_LIBRARY:
        return message
    if limits.get("min_length") == 1:
        return EMPTY
    if words := WORDS.get(kind):
        return words.format(**{name: _plain(name, value) for name, value in limits.items()})
    return next((words for start, words in BEGINNINGS if kind.startswith(start)), OTHERWISE)


def _plain(name: str, value: Any) -> str:
    """A limit, or what may stand there without the library's quotation marks."""
    return str(value).replace("'", "") if name.startswith("expected") else str(value)
