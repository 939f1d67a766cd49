"""What of the HTTP API is not answered as it was asked, in the document of it."""

from http import HTTPStatus
from typing import Any, Final

from services.door.forms import Form
from services.web.problems import PROBLEM
from services.web.requests import KEY

TEXT: Final = {"type": "string"}
TO_COMMANDS: Final = (400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 429, 500, 503)
TO_QUESTIONS: Final = (400, 401, 403, 404, 409, 429, 500, 503)
TO_QUERIES: Final = (400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503)
SAYS: Final = {
    400: "The form is wrong; `fields` says where, and no value is repeated.",
    401: "It is not known who asks: no token, or one that does not count.",
    403: "Whoever asks holds no role in which they may do or read this.",
    404: "There is nothing of this name, or none that whoever asks may see.",
    408: "The body did not come in whole in time.",
    409: "A rule says no: `code` for programs, `detail` for people. If it was only too early,"
    " `time` is the moment at which that was judged.",
    412: "What If-Match names is not so any more: `row` is how it is now. Nothing was done.",
    413: "The body is larger than it may be.",
    415: "The body is not JSON, or does not say so.",
    422: f"The {KEY} was used for something else.",
    429: "Whoever asks has too many requests open.",
    500: "A fault of ours, which was noted.",
    503: f"Nobody came to it, or it is not known yet whether it was recorded: ask again, a command"
    f" with the same {KEY}.",
}
PROBLEM_FORM: Final[Form] = {
    "title": "Problem",
    "description": "What is not answered as it was asked (RFC 9457).",
    "type": "object",
    "properties": {
        "type": {"const": "about:blank"},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": {**TEXT, "description": "The sentence for people."},
        "code": {**TEXT, "description": "What programs tell it by."},
        "command": {**TEXT, "description": "The command's id."},
        "time": {**TEXT, "description": "Of what was too early: by which time that was judged."},
        "fields": {"type": "array", "items": {"$ref": "#/$defs/FieldProblem"}},
        "near": {"type": "array", "items": TEXT, "description": "Names that are near."},
        "row": {"type": "object", "description": "How the row is now; empty if it is gone."},
        "etag": {**TEXT, "description": "The ETag of that row."},
    },
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
}


def response(status: int) -> dict[str, Any]:
    """One of them, that all operations share."""
    headers = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
    phrase = HTTPStatus(status).phrase
    example = {"type": "about:blank", "title": phrase, "status": status, "detail": SAYS[status]}
    return {
        "description": SAYS[status],
        "headers": {
            one: {"$ref": f"#/components/headers/{one}"} for one in headers.get(status, ())
        },
        "content": {PROBLEM: {"schema": {"$ref": "#/$defs/Problem"}, "example": example}},
    }


def problems(statuses: tuple[int, ...]) -> dict[str, Any]:
    """Those that an operation may have, of those that all share."""
    return {str(one): {"$ref": f"#/components/responses/{one}"} for one in statuses}
