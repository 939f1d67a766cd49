"""What may be read: `/api/v1/{name}`, a row behind that, and what `/api/v1/queries/{name}` asks."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from services.reading.replies import ReadingReply
from services.web.asking import OnTheBus
from services.web.problems import Problem, problem_of
from services.web.requests import JSON, as_sent, has_already, object_in, question_in, token_in
from services.web.rows import tag_of, tag_of_all
from services.web.surface import AFTER, AT_LEAST, LIMIT, OPEN, SORT, surface

OF_LISTS: Final = {SORT: "sort", AFTER: "after", LIMIT: "limit", OPEN: "open", AT_LEAST: "position"}
OF_ROWS: Final = {OPEN: "open", AT_LEAST: "position"}
NOTHING: Final = "There is nothing of this name that is read by its address."
NO_ROW: Final = "There is no such row, or none that you may see."
NOTHING_ELSE: Final[Mapping[str, Any]] = MappingProxyType({})
NO_LONGER_NEW: Final = HTTPStatus.NOT_MODIFIED


async def rows(name: str, request: Request, beside: Mapping[str, Any] = NOTHING_ELSE) -> Response:
    """Some rows of what is read under a name, as the address asks, and what is said `beside` it."""
    token = token_in(request)
    question = {**question_in(request, surface().chosen_by[name], OF_LISTS), **beside}
    reply = await answered(request.app.state.asking, name, question, token)
    return _answer(request, reply, f"W/{tag_of_all(reply.rows or [])}")


async def row(name: str, request: Request) -> Response:
    """One row, by its key."""
    token = token_in(request)
    question = question_in(request, frozenset(), OF_ROWS)
    question["where"] = {"key": request.path_params["key"]}
    asked = {**question, "limit": 1}
    reply = await answered(request.app.state.asking, name, asked, token)
    if not reply.rows:
        raise Problem(HTTPStatus.NOT_FOUND, NO_ROW, "row.unknown")
    return _answer(
        request, reply, tag_of(name, dict(reply.rows[0]), opened=question.get(OPEN) is True)
    )


async def query(request: Request) -> Response:
    """What a question in the body asks, as at the reader."""
    name: str = request.path_params["name"]
    if name not in surface().queries:
        raise Problem(HTTPStatus.NOT_FOUND, NOTHING, "unknown")
    token = token_in(request)
    question = as_sent(await object_in(request))
    reply = await answered(request.app.state.asking, name, question, token)
    return Response(reply.encoded(), media_type=JSON)


async def answered(
    asking: OnTheBus, name: str, question: Mapping[str, Any] | bytes, token: str
) -> ReadingReply:
    """The reader's answer to whoever shows a token. Raises Problem."""
    reply = await asking.read(name, question, token)
    if reply.status != "answered":
        raise problem_of(reply)
    return reply


def _answer(request: Request, reply: ReadingReply, tag: str) -> Response:
    """The answer, or that nothing is new in it."""
    headers = {"ETag": tag}
    if has_already(request, tag):
        return Response(status_code=NO_LONGER_NEW, headers=headers)
    return Response(reply.encoded(), headers=headers, media_type=JSON)
