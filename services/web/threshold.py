"""What holds for each request: so many in hand, a fault that is noted, an end that is clean."""

from http import HTTPStatus
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.door.in_hand import OfEach
from services.web.problems import SENTENCES, Problem, problem

MANY: Final = 512  # requests in hand, of all
OF_ONE: Final = 128  # of one who asks: by what they show, or by where they come from
TOO_MANY: Final = f"You have {OF_ONE} requests open. Wait for some of their answers."
KEPT_NOWHERE: Final = "no-store"  # unless an answer says otherwise
logger = structlog.get_logger()


class Threshold:
    """Stands before all routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._in_hand = OfEach()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; whatever becomes of it, it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answering = _Answering(scope, receive, send)
        who = _who(scope)
        if full := self._full(who):
            await full.response(scope, receive, answering.send)
            return
        with self._in_hand.one(who):
            try:
                await self._app(scope, answering.receive, answering.send)
            except Exception:
                logger.exception("http.failed")
                if not answering.begun:
                    status = HTTPStatus.INTERNAL_SERVER_ERROR
                    answer = problem(status, SENTENCES["failed"], "failed")
                    await answer(scope, receive, answering.send)

    def _full(self, who: str) -> Problem | None:
        if self._in_hand.of(who) >= OF_ONE:
            return Problem(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY, "busy")
        if self._in_hand.of_all() >= MANY:
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, SENTENCES["busy"], "busy")
        return None


def _who(scope: Scope) -> str:
    shown = Headers(scope=scope).get("authorization")
    return shown or str((scope.get("client") or ("",))[0])


class _Answering:
    """A request as it is answered: with what each answer says, and closed behind one that came
    before the whole body did, since nobody reads what is left of it.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        headers = Headers(scope=scope)
        self._whole = headers.get("content-length", "0") == "0" and (
            "transfer-encoding" not in headers
        )
        self.begun = False

    async def receive(self) -> Message:
        """The next part of the body."""
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            self._whole = True
        return message

    async def send(self, message: Message) -> None:
        """The next part of the answer."""
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(raw=message["headers"])
            headers.setdefault("Cache-Control", KEPT_NOWHERE)
            headers["X-Content-Type-Options"] = "nosniff"
            if not self._whole:
                headers["Connection"] = "close"
        await self._send(message)
