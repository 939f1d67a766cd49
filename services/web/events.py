"""`GET /api/v1/events`: what happens, as server-sent events; the id of each is its position.

The reader is asked again and again, with what the caller shows: so a right that ends, or a token,
ends this within a second, and nobody is held up by somebody who reads slowly. While nobody answers,
the stream stays open: a browser that is told anything but 200 would never ask again.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from random import random
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from services.door.in_hand import OfEach
from services.patience import stopped
from services.reading.asking import EVENTS
from services.reading.replies import ReadingReply
from services.web.asking import OnTheBus
from services.web.problems import Problem, problem_of
from services.web.reading import rows
from services.web.requests import number_in, readable, token_in
from services.web.surface import AFTER

STREAM: Final = "text/event-stream"
COOKIE: Final = "lt-token"
LAST: Final = "Last-Event-ID"
MANY, OF_ONE = 32, 8  # who follow at once: of all, and of one who asks
BATCH: Final = 100
LOOK: Final = 1.0  # seconds until more is asked for, when there was nothing
SIGN: Final = 15.0  # seconds of quiet after which a sign of life is given
RETRY: Final = 1000  # milliseconds until a browser that lost the connection comes back
TOO_MANY: Final = "Too many follow events here already. Close one of your own, or come again later."
NO_POSITION: Final = f"{LAST} and `{AFTER}` are positions: whole numbers from 0 on."


class Followers:
    """Who follows at this moment, and whether all are to end."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.of_each = OfEach()


class FollowedEvents(StreamingResponse):
    """A stream of events, which takes a place as long as it lasts."""

    def __init__(self, followers: Followers, who: str, told: AsyncIterator[bytes]) -> None:
        super().__init__(told, media_type=STREAM)
        self._places, self._who = followers.of_each, who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Until it ends, or whoever follows is gone. Raises Problem if all places are taken."""
        if self._places.of(self._who) >= OF_ONE or self._places.of_all() >= MANY:
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY, "busy")
        with self._places.one(self._who):
            await super().__call__(scope, receive, send)


async def events(request: Request) -> Response:
    """Events as a stream, where that is asked for; else a page of them. Both go on behind the same
    position.
    """
    if STREAM not in request.headers.get("accept", ""):
        token_in(request)
        behind = {"after": str(_after_in(request))} if LAST in request.headers else {}
        return await rows(EVENTS, request, behind)
    token, after = _token_in(request), _after_in(request)
    asking: OnTheBus = request.app.state.asking
    first = await asking.read(EVENTS, _behind(after), token)
    if why := _why_over(first):
        raise why
    followers: Followers = request.app.state.followers
    return FollowedEvents(followers, token, _told(asking, followers, token, after, first))


def _token_in(request: Request) -> str:
    """A browser's EventSource can send no header of ours, but a cookie: it counts here alone, where
    nothing is done and no other page may read what comes.
    """
    if "authorization" not in request.headers and (kept := request.cookies.get(COOKIE)):
        return readable(kept)
    return token_in(request)


def _after_in(request: Request) -> int:
    said = request.headers.get(LAST)
    after = number_in(request.query_params.get(AFTER, "0") if said is None else said)
    if after is None:
        raise Problem(HTTPStatus.BAD_REQUEST, NO_POSITION, "invalid")
    return after


def _behind(after: int) -> dict[str, Any]:
    return {"after": str(after), "limit": BATCH}


async def _told(
    asking: OnTheBus, followers: Followers, token: str, after: int, reply: ReadingReply
) -> AsyncIterator[bytes]:
    """All events behind a position, as they come."""
    yield b"retry: %d\n\n" % RETRY
    quiet = 0.0
    while not followers.stop.is_set():
        if why := _why_over(reply):
            yield b"event: problem\ndata: %s\n\n" % bytes(why.response.body)
            return
        if found := reply.rows or []:
            yield b"".join(map(_event, found))
            after, quiet = int(str(found[-1]["key"])), 0.0
        if not reply.after:
            pause = LOOK * (1 - random() / 4)  # noqa: S311 - so that many who began together part
            await stopped(followers.stop, pause)
            quiet += pause
            if quiet >= SIGN:
                yield b": still here\n\n"
                quiet = 0.0
        reply = await asking.read(EVENTS, _behind(after), token)


def _event(row: dict[str, Any]) -> bytes:
    document = {name: one for name, one in row.items() if name != "key"}
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return f"id: {row['key']}\ndata: {data}\n\n".encode()


def _why_over(reply: ReadingReply) -> Problem | None:
    """Why a stream ends, or does not begin, and whoever comes back is refused; what passes is no
    reason.
    """
    why = None if reply.status == "answered" else problem_of(reply)
    return None if why and why.passes else why
