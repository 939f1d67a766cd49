"""What is taken out of a request: who asks, its body within bounds, its id, its conditions."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic_core import from_json, to_json
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from events.ids import CommandId
from services.identity.refusals import NothingShown, NotReadable
from services.identity.showing import BEARER, HEADER, SCHEME
from services.web.problems import Problem, refused
from services.web.surface import AT_LEAST, LIMIT, MOST_BYTES, OPEN

PATIENCE: Final = 10.0  # seconds for a body to come in whole
JSON: Final = "application/json"
KEY: Final = "Idempotency-Key"
LONGEST_NUMBER: Final = 19  # digits: those of a position
TOO_LONG: Final = f"A body may have {MOST_BYTES:,} bytes."
TOO_SLOW: Final = f"The body did not come in whole within {PATIENCE:.0f} seconds."
NOT_JSON: Final = f"The body must be JSON, and the header Content-Type say so: {JSON}."
NO_OBJECT: Final = "The body must be one JSON object."
NO_KEY: Final = (
    f"{KEY} must be the id of the command: `command_` and 26 letters or digits, made anew for each"
    " wish and kept until there is an answer."
)


def token_in(request: Request) -> str:
    """What whoever asks shows. Raises Problem."""
    shown = request.headers.getlist(HEADER)
    if not shown:
        raise refused(NothingShown)
    scheme, _, token = shown[0].partition(" ")
    if len(shown) > 1 or scheme.lower() != SCHEME.strip().lower():
        raise refused(NotReadable)
    return readable(token.strip())


def readable(token: str) -> str:
    """What has the form of a token, and can stand in a header. Raises Problem."""
    if not BEARER.fullmatch(SCHEME + token):
        raise refused(NotReadable)
    return token


async def object_in(request: Request) -> dict[str, Any]:
    """The JSON object that somebody sends. Raises Problem."""
    kind, _, said = request.headers.get("content-type", "").partition(";")
    charset = said.partition("charset=")[2].strip(' "').lower()
    if kind.strip().lower() != JSON or charset not in ("", "utf-8"):
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, NOT_JSON)
    try:
        found = from_json(await _body(request), allow_inf_nan=False)
    except ValueError:
        raise Problem(HTTPStatus.BAD_REQUEST, NO_OBJECT, "invalid") from None
    if not isinstance(found, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, NO_OBJECT, "invalid")
    return found


def as_sent(body: Mapping[str, Any]) -> bytes:
    """A body as it goes to whoever answers. Raises Problem if there is more of it than may be."""
    sent = to_json(body)
    if len(sent) > MOST_BYTES:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LONG)
    return sent


async def _body(request: Request) -> bytes:
    said = request.headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > MOST_BYTES:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LONG)
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for part in request.stream():
                body += part
                if len(body) > MOST_BYTES:
                    raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LONG)
    except (TimeoutError, ClientDisconnect):
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, TOO_SLOW) from None
    return bytes(body)


def key_in(headers: Headers) -> str | None:
    """The id under which a command is asked for, if it was given one. Raises Problem."""
    shown = headers.getlist(KEY)
    if not shown:
        return None
    key = shown[0].strip()
    bare = key[1:-1] if key.startswith('"') and key.endswith('"') else key  # as RFC 9651 writes it
    if len(shown) > 1 or not CommandId.pattern.fullmatch(bare):
        raise Problem(HTTPStatus.BAD_REQUEST, NO_KEY, "invalid")
    return bare


def tags_in(header: str | None) -> list[str]:
    """The entity tags of a condition, without the mark that a tag is weak."""
    return [one.strip().removeprefix("W/") for one in (header or "").split(",") if one.strip()]


def has_already(request: Request, tag: str) -> bool:
    """Whether somebody has what bears this tag, and asks only for what is new."""
    return tag.removeprefix("W/") in tags_in(request.headers.get("if-none-match"))


def question_in(
    request: Request, chosen_by: frozenset[str], said: Mapping[str, str]
) -> dict[str, Any]:
    """The question that an address asks: the names of what it may say are in `said`, with what the
    question calls them. Raises Problem.
    """
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    if len(given) < len(pairs):
        raise Problem(HTTPStatus.BAD_REQUEST, "Say each thing once in the address.", "invalid")
    if unknown := given.keys() - chosen_by - said.keys():
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"{len(unknown)} of the names in the address are none here. By what is not in the"
            " document, one may choose in the body of a POST below /api/v1/queries: words of"
            " people's are no part of an address.",
            "invalid",
        )
    question = {said[one]: _value(one, given[one]) for one in given.keys() & said.keys()}
    where = {one: given[one] for one in given.keys() & chosen_by}
    return {**question, "where": where} if where else question


def _value(name: str, text: str) -> str | int | bool:
    """What a text in an address is to the reader, which judges what can't be read so."""
    if name == OPEN and text in ("true", "false"):
        return text == "true"
    number = number_in(text) if name in (LIMIT, AT_LEAST) else None
    return text if number is None else number


def number_in(text: str) -> int | None:
    """The whole number from 0 on that a text is; None if it is none, or longer than a position."""
    if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER:
        return int(text)
    return None
