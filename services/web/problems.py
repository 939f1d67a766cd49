"""What is not answered as it was asked: `application/problem+json` (RFC 9457), with code and
sentence as at the door.
"""

import json
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response

from domain.decision import Refusal
from services.door.replies import Reply
from services.identity.refusals import NotIdentified
from services.reading.replies import NOT_RECORDED, NOT_THERE_YET, ReadingReply

PROBLEM: Final = "application/problem+json"
AGAIN: Final = "1"  # seconds until it makes sense to ask again
STATUS: Final = {
    "invalid": HTTPStatus.BAD_REQUEST,
    "unknown": HTTPStatus.NOT_FOUND,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "unanswered": HTTPStatus.SERVICE_UNAVAILABLE,
    "failed": HTTPStatus.INTERNAL_SERVER_ERROR,
}
NOT_KNOWN: Final[tuple[type[NotIdentified], ...]] = (NotIdentified, *NotIdentified.__subclasses__())
OF_CODE: Final = {
    **{one.code: HTTPStatus.UNAUTHORIZED for one in NOT_KNOWN},
    "command.reused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "identity.not-tied": HTTPStatus.FORBIDDEN,
    "identity.unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "reading.not-yours": HTTPStatus.FORBIDDEN,
    "reading.no-such-choice": HTTPStatus.BAD_REQUEST,
    "reading.not-a-cursor": HTTPStatus.BAD_REQUEST,
    "reading.too-large": HTTPStatus.BAD_REQUEST,
    NOT_THERE_YET: HTTPStatus.SERVICE_UNAVAILABLE,
    NOT_RECORDED: HTTPStatus.SERVICE_UNAVAILABLE,
    "reading.too-slow": HTTPStatus.SERVICE_UNAVAILABLE,
}
OF_WHO_ACTS: Final = "acting."  # what their codes begin with
SENTENCES: Final = {
    "invalid": "The form is wrong: `fields` says where.",
    "unknown": "There is nothing of this name.",
    "failed": "Something went wrong here, and it was noted. Ask again later.",
    "busy": "Too many ask at this moment. Ask again in a moment.",
}
SHOW: Final = 'Bearer realm="Leading Together"'


class Problem(Exception):
    """What ends a request; `response` is its answer."""

    def __init__(self, status: int, sentence: str, code: str | None = None, **more: Any) -> None:
        super().__init__(status)
        self.response = problem(status, sentence, code, **more)

    @property
    def passes(self) -> bool:
        """Whether it makes sense to ask the same again in a moment."""
        return "Retry-After" in self.response.headers


def problem(
    status: int,
    sentence: str,
    code: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    """The answer to what went another way; `more` is told beside code and sentence, but for None.

    Whoever may ask again in a moment is told when, and who is not known how to show who they are.
    """
    told = {"code": code, **more}
    said = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": sentence,
        **{name: value for name, value in told.items() if value is not None},
    }
    found = dict(headers or {})
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        found["Retry-After"] = AGAIN
    if status == HTTPStatus.UNAUTHORIZED:
        found["WWW-Authenticate"] = SHOW + (
            "" if code == "identity.missing" else ', error="invalid_token"'
        )
    body = json.dumps(said, ensure_ascii=False).encode()
    return Response(body, status, found, media_type=PROBLEM)


def refused(refusal: type[Refusal]) -> Problem:
    """A refusal of ours, before anybody is asked."""
    return Problem(status_of(refusal.code), refusal().sentence, refusal.code)


def status_of(code: str) -> int:
    """The status of a refusal: what the rules of the programme say no to is a conflict with what is
    so.
    """
    of_who = code.startswith(OF_WHO_ACTS)
    return OF_CODE.get(code, HTTPStatus.FORBIDDEN if of_who else HTTPStatus.CONFLICT)


def problem_of(reply: Reply | ReadingReply) -> Problem:
    """What was not accepted, or not answered."""
    more = reply.model_dump(mode="json", exclude={"code", "sentence"}, exclude_none=True)
    status = more.pop("status")
    if reply.status == "refused":
        code = reply.code or ""
        return Problem(status_of(code), reply.sentence or "", code, **more)
    sentence = reply.sentence or SENTENCES[status]
    return Problem(STATUS[status], sentence, status, **more)
