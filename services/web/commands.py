"""`POST /api/v1/commands/{name}`: the same command as at the door, under the id of its header."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from services.door.requests import unknown
from services.web.asking import OnTheBus
from services.web.problems import Problem, problem_of
from services.web.reading import answered
from services.web.requests import JSON, as_sent, key_in, object_in, tags_in, token_in
from services.web.rows import row_of, tag_of
from services.web.surface import surface

ELSEWHERE: Final = {"id": "Idempotency-Key", "traceparent": "traceparent"}
"""What a request at the door says itself, and here a header does."""
NOT_A_ROW: Final = "If-Match must be the one ETag of a row, as it was when you read it."
CHANGED: Final = (
    "What you decided upon is not so any more: `row` is how it is now. Nothing was done; look at"
    " it, and ask again with its ETag if you still want to."
)


async def command(request: Request) -> Response:
    """The door's answer."""
    name: str = request.path_params["name"]
    if name not in surface().commands:
        raise problem_of(unknown(name))
    asking: OnTheBus = request.app.state.asking
    token, key = token_in(request), key_in(request.headers)
    body = await object_in(request)
    for field, header in ELSEWHERE.items():
        if field in body:
            said = f"`{field}` is told by the header {header}: leave it out of the body."
            raise Problem(HTTPStatus.BAD_REQUEST, said, "invalid")
    if key:
        body["id"] = key
    if trace := request.headers.get("traceparent"):
        body["traceparent"] = trace
    if seen := request.headers.get("if-match"):
        await _must_be_so(asking, token, tags_in(seen))
    reply = await asking.do(name, as_sent(body), token)
    if reply.status != "accepted":
        raise problem_of(reply)
    return Response(reply.encoded(), media_type=JSON)


async def _must_be_so(asking: OnTheBus, token: str, tags: list[str]) -> None:
    """Whoever decides upon a row has it as it is shown to them now. Raises Problem."""
    tag = row_of(tags[0]) if len(tags) == 1 else None
    if tag is None or tag.name not in surface().by_key:
        raise Problem(HTTPStatus.BAD_REQUEST, NOT_A_ROW, "invalid")
    question = {"where": {"key": tag.key}, "limit": 1, "open": tag.opened}
    reply = await answered(asking, tag.name, question, token)
    row: Mapping[str, Any] | None = reply.rows[0] if reply.rows else None
    now = tag_of(tag.name, dict(row), opened=tag.opened) if row else None
    if now != tags[0]:
        raise Problem(
            HTTPStatus.PRECONDITION_FAILED, CHANGED, "row.changed", row=row or {}, etag=now
        )
