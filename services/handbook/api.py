"""The document of the HTTP API (OpenAPI 3.1), made from the catalogues in a loop."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from projections.catalogue import LISTS
from services.door.forms import Form
from services.handbook import requests
from services.handbook.api_parameters import NO_KEY, OF_ALL, SEEN, chosen, how
from services.handbook.api_problems import (
    PROBLEM_FORM,
    SAYS,
    TEXT,
    TO_COMMANDS,
    TO_QUERIES,
    TO_QUESTIONS,
    problems,
    response,
)
from services.handbook.examples import ID, example_of_command
from services.reading.asking import EVENTS, FIND
from services.reading.replies import ReadingReply
from services.reading.table import TABLE
from services.web.events import COOKIE, LAST, STREAM
from services.web.requests import JSON, KEY, LONGEST_NUMBER
from services.web.surface import (
    COMMANDS,
    DOCUMENT,
    QUERIES,
    ROOT,
)

TITLE: Final = "Leading Together"
DESCRIPTION: Final = (
    "The same door as on the bus, for whoever speaks HTTP: commands, what may be read, and events."
    " Who asks is known by a token, and what they may do follows from the roles that they hold."
    " The guide to it is docs/api.md."
)
VERSION: Final = "1"
LINES: Final = 3  # levels that begin lines of their own
ANSWERED: Final = "200"
NO_GET: Final = (FIND,)  # words of people's are no part of an address
NOT_IN_A_BODY: Final = ("id", "traceparent")
BEARER: Final = "bearer"
IN_COOKIE: Final = "cookie"


def text() -> str:
    """The document as it is kept and served: a line for each path, and for each form."""
    return _laid_out(document(), LINES) + "\n"


def _laid_out(form: Any, depth: int) -> str:
    if depth == 0 or not isinstance(form, dict):
        return json.dumps(form, ensure_ascii=False, separators=(",", ":"))
    inner = (f"{json.dumps(name)}:{_laid_out(one, depth - 1)}" for name, one in form.items())
    return "{\n" + ",\n".join(inner) + "\n}"


def document() -> dict[str, Any]:
    """The whole document; what is asked for at the door is taken from the one that says it."""
    said = requests.document()
    found: dict[str, Any] = _moved(
        {
            "openapi": "3.1.0",
            "info": {"title": TITLE, "description": DESCRIPTION, "version": VERSION},
            "security": [{BEARER: []}],
            "paths": dict(_paths(said)),
            "components": {
                "securitySchemes": {
                    BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                    IN_COOKIE: {"type": "apiKey", "in": "cookie", "name": COOKIE},
                },
                "headers": {
                    "ETag": {
                        "schema": TEXT,
                        "description": "What was answered, for If-None-Match; of"
                        " one row for If-Match, too.",
                    },
                    "Retry-After": {
                        "schema": TEXT,
                        "description": "Seconds until it makes sense to ask again.",
                    },
                    "WWW-Authenticate": {
                        "schema": TEXT,
                        "description": "How one shows who one is.",
                    },
                },
                "responses": {str(status): response(status) for status in SAYS},
                "schemas": {
                    **said["$defs"],
                    **dict(_bodies(said)),
                    **dict(_rows()),
                    "Problem": PROBLEM_FORM,
                },
            },
        }
    )
    return found


def _moved(form: Any) -> Any:
    """A form with what it refers to where OpenAPI has it."""
    match form:
        case dict():
            return {
                name: one.replace("#/$defs/", "#/components/schemas/")
                if name == "$ref"
                else _moved(one)
                for name, one in form.items()
                if name != "needed"
            }
        case list() | tuple():
            return [_moved(one) for one in form]
        case _:
            return form


def _paths(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield ROOT, {"get": _own("about", "Whether anybody can be asked.", ROOT_FORM, (500, 503, 429))}
    yield DOCUMENT, {"get": _itself()}
    for name, one in said["commands"].items():
        if one["roles"] != ["system"]:
            yield f"{COMMANDS}{name}", {"post": _command(name, one, said["$defs"])}
    for name in (*TABLE, *LISTS):
        yield f"{QUERIES}{name}", {"post": _query(name)}
        if name == EVENTS:
            yield f"{ROOT}/{name}", {"get": _events()}
        elif name not in NO_GET:
            yield f"{ROOT}/{name}", {"get": _reading(name)}
        if name not in NO_KEY:
            yield f"{ROOT}/{name}/{{key}}", {"get": _row(name)}


ROOT_FORM: Final[Form] = {
    "type": "object",
    "properties": {"openapi": TEXT, "answers": {"type": "boolean"}},
    "required": ["openapi", "answers"],
}


def _own(name: str, summary: str, form: Form, may_be: tuple[int, ...]) -> dict[str, Any]:
    """What anybody may ask."""
    return {
        "operationId": name,
        "tags": ["about"],
        "summary": summary,
        "security": [],
        "responses": {ANSWERED: _answer(form), **problems(may_be)},
    }


def _itself() -> dict[str, Any]:
    """What may be asked of this document: also whether it is still the one that somebody has."""
    found = _own("document", "This document.", {"type": "object"}, (500, 503, 429))
    answers = found["responses"]
    answers[ANSWERED]["headers"] = NOTHING_NEW["headers"]
    return {**found, "parameters": [SEEN], "responses": {**answers, "304": NOTHING_NEW}}


def _command(name: str, said: Mapping[str, Any], known: Form) -> dict[str, Any]:
    first, _, more = str(said["says"]).partition("\n\n")
    roles = ", ".join(said["roles"])
    refusals = ", ".join(f"`{one}`" for one in said["refusals"])
    return {
        "operationId": _word(name),
        "tags": [name.partition(".")[0]],
        "summary": first,
        "description": "\n\n".join(
            filter(None, [more, f"Roles: {roles}.", f"Refusals: {refusals}."])
        ),
        "parameters": [
            {
                "name": KEY,
                "in": "header",
                "description": "The command's id: made anew for each wish, and kept until there is"
                " an answer. However often it is sent, it is done once.",
                "schema": {**TEXT, "pattern": "^command_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
                "example": f"command_{ID}",
            },
            {
                "name": "If-Match",
                "in": "header",
                "description": "The ETag of the row that is decided upon: if it has changed since,"
                " nothing is done.",
                "schema": TEXT,
            },
        ],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": {"$ref": f"#/$defs/{said['data']['title']}Request"},
                    "example": {"data": example_of_command(name, said["data"], known)},
                }
            },
        },
        "responses": {ANSWERED: _accepted(), **problems(TO_COMMANDS)},
    }


def _bodies(said: Mapping[str, Any]) -> Iterator[tuple[str, Form]]:
    """What each command is sent with, by a name that clients may call it by."""
    properties = said["$defs"]["Request"]["properties"]
    beside = {name: one for name, one in properties.items() if name not in NOT_IN_A_BODY}
    for one in said["commands"].values():
        title = one["data"]["title"]
        yield title, one["data"]
        yield (
            f"{title}Request",
            {
                "title": f"{title}Request",
                "type": "object",
                "properties": {**beside, "data": {"$ref": f"#/$defs/{title}"}},
                "required": ["data"],
                "additionalProperties": False,
            },
        )


def _accepted() -> dict[str, Any]:
    example = {
        "status": "accepted",
        "command": f"command_{ID}",
        "events": [{"position": 41, "name": "offer.accepted", "subject": f"application_{ID}"}],
    }
    return _answer({"$ref": "#/$defs/Reply"}, "It is durable.", example)


def _answer(form: Form, says: str = "The answer.", example: Any = None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": form}
    if example is not None:
        content["example"] = example
    return {"description": says, "content": {JSON: content}}


def _query(name: str) -> dict[str, Any]:
    words = {"words": "ada"} if name == FIND else {}
    return {
        "operationId": f"query_{_word(name)}",
        "tags": ["reading"],
        "summary": _question(name),
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"$ref": "#/$defs/Query"}, "example": {**words, "limit": 10}}
            },
        },
        "responses": {ANSWERED: _rows_of(name), **problems(TO_QUERIES)},
    }


def _reading(name: str) -> dict[str, Any]:
    return {
        "operationId": _word(name),
        "tags": ["reading"],
        "summary": _question(name),
        "parameters": [*chosen(name), *how(name), SEEN],
        "responses": {
            ANSWERED: _rows_of(name, tagged=True),
            "304": NOTHING_NEW,
            **problems(TO_QUESTIONS),
        },
    }


def _row(name: str) -> dict[str, Any]:
    key = {"name": "key", "in": "path", "required": True, "schema": {**TEXT, "minLength": 1}}
    return {
        "operationId": f"{_word(name)}_row",
        "tags": ["reading"],
        "summary": f"One row: {_question(name)}",
        "parameters": [{**key, "description": "The row's own key."}, *OF_ALL, SEEN],
        "responses": {
            ANSWERED: _rows_of(name, tagged=True),
            "304": NOTHING_NEW,
            **problems(TO_QUESTIONS),
        },
    }


def _events() -> dict[str, Any]:
    return {
        "operationId": EVENTS,
        "tags": [EVENTS],
        "summary": _question(EVENTS),
        "description": f"As {STREAM} (`Accept`), what happens as it does; the `id` of each is its"
        f" position, and `{LAST}` says behind which it goes on. An event `problem` says why a"
        f" stream ended. A browser's EventSource may show its token in the cookie `{COOKIE}`.",
        "security": [{BEARER: []}, {IN_COOKIE: []}],
        "parameters": [
            *how(EVENTS),
            {
                "name": LAST,
                "in": "header",
                "description": "The position behind which it goes on, whatever `after` says.",
                "schema": {**TEXT, "pattern": f"^[0-9]{{1,{LONGEST_NUMBER}}}$"},
            },
            SEEN,
        ],
        "responses": {
            ANSWERED: {
                "description": "Events, in order.",
                "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
                "content": {
                    JSON: {"schema": _answer_of(EVENTS)},
                    STREAM: {"schema": TEXT},
                },
            },
            "304": NOTHING_NEW,
            **problems(TO_QUESTIONS),
        },
    }


NOTHING_NEW: Final = {
    "description": "It is as `If-None-Match` says.",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
}


def _question(name: str) -> str:
    return TABLE[name].question if name in TABLE else LISTS[name].question


def _rows_of(name: str, *, tagged: bool = False) -> dict[str, Any]:
    found = _answer(
        {"$ref": f"#/$defs/{_title(name)}Answer"},
        "Rows, which were so at `position` of the log or later.",
    )
    if tagged:
        found["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
    return found


def _answer_of(name: str) -> Form:
    return {"$ref": f"#/$defs/{_title(name)}Answer"}


def _answer_form(name: str) -> Form:
    """An answer of the reader, with the rows that it has here."""
    form = ReadingReply.model_json_schema()
    said = ("position", "after", "cut")
    return {
        "title": f"{_title(name)}Answer",
        "type": "object",
        "properties": {
            "status": {"const": "answered"},
            "rows": {"type": "array", "items": {"$ref": f"#/$defs/{_title(name)}Row"}},
            **{one: form["properties"][one] for one in said},
        },
        "required": ["status", "rows"],
        "additionalProperties": False,
    }


def _rows() -> Iterator[tuple[str, Form]]:
    for name in (*TABLE, *LISTS):
        yield f"{_title(name)}Answer", _answer_form(name)
        fields = TABLE[name].fields if name in TABLE else LISTS[name].fields
        tops = dict.fromkeys(one.partition(".")[0] for one in fields)
        yield (
            f"{_title(name)}Row",
            {
                "title": f"{_title(name)}Row",
                "description": f"{_question(name)} What whoever asks is not shown is left out.",
                "type": "object",
                "properties": {"key": TEXT, **{one: {} for one in tops}},
                "required": ["key"],
                "additionalProperties": False,
            },
        )


def _word(name: str) -> str:
    return name.replace(".", "_").replace("-", "_")


def _title(name: str) -> str:
    return "".join(one.capitalize() for one in _word(name).split("_"))
