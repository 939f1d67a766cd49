"""The routes of `/api/v1`, made from the document in a loop."""

from functools import partial
from http import HTTPStatus
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.reading.asking import EVENTS
from services.web.asking import OnTheBus
from services.web.commands import command
from services.web.document import document
from services.web.events import Followers, events
from services.web.problems import Problem, problem
from services.web.reading import query, row, rows
from services.web.surface import COMMANDS, DOCUMENT, QUERIES, ROOT, surface
from services.web.threshold import Threshold

READY: Final = {"openapi": DOCUMENT, "answers": True}
OURS: Final = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match")
SENTENCES: Final = {
    HTTPStatus.NOT_FOUND: f"There is nothing here. What there is stands in {DOCUMENT}.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This is not done so here: the header Allow says how.",
}
CODES: Final = {HTTPStatus.NOT_FOUND: "unknown"}


def app_of(asking: OnTheBus, followers: Followers, origins: tuple[str, ...] = ()) -> Any:
    """The application; `origins` are the pages elsewhere that may ask from a browser."""
    told = surface()
    routes = [
        Route(ROOT, _root),
        Route(DOCUMENT, document),
        Route(f"{COMMANDS}{{name}}", command, methods=["POST"]),
        Route(f"{QUERIES}{{name}}", query, methods=["POST"]),
        Route(f"{ROOT}/{EVENTS}", events),
        *(Route(f"{ROOT}/{one}", partial(rows, one)) for one in told.chosen_by.keys() - {EVENTS}),
        *(Route(f"{ROOT}/{one}/{{key:path}}", partial(row, one)) for one in told.by_key),
    ]
    allowed = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=[*OURS, "Last-Event-ID", "traceparent"],
        expose_headers=["ETag", "Retry-After"],
    )
    app = Starlette(
        routes=routes,
        middleware=[allowed] if origins else [],
        exception_handlers={Problem: _told, HTTPException: _of_the_library},
    )
    app.router.redirect_slashes = False
    app.state.asking, app.state.followers = asking, followers
    return Threshold(app)


async def _root(request: Request) -> Response:
    """Whether anybody can be asked, and where it stands what for."""
    asking: OnTheBus = request.app.state.asking
    if why := asking.why_not():
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, why, "busy")
    return JSONResponse(READY)


async def _told(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, Problem)  # noqa: S101 - as it is registered
    return fault.response


async def _of_the_library(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)  # noqa: S101 - as it is registered
    sentence = SENTENCES.get(HTTPStatus(fault.status_code), fault.detail)
    headers = dict(fault.headers or {})
    code = CODES.get(HTTPStatus(fault.status_code))
    return problem(fault.status_code, sentence, code, headers=headers)
